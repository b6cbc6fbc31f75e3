#include "xsmc.h"
#include "xsHost.h"
#include "lstcp_ccm.h"

/* RFC 3610 §2.2: the MAC of B_0, and of the additional data after their length. §2.3: the text's first counter block. */
int lstcp_ccm_begin(
	LstcpKey *key, LstcpCcm *ccm, const uint8_t *nonce, uint32_t nonceSize, const uint8_t *additional, uint32_t additionalSize,
	uint32_t textSize)
{
	uint32_t i;
	int failed;

	c_memset(ccm, 0, sizeof(LstcpCcm));
	ccm->counter.octets[0] = ccm->mac.octets[0] = 14 - nonceSize;
	c_memcpy(ccm->counter.octets + 1, nonce, nonceSize);
	ccm->counter.octets[LSTCP_BLOCK - 1] = 1;
	ccm->mac.octets[0] |= (additionalSize ? 0x40 : 0) | ((LSTCP_BLOCK - 2) / 2) << 3;
	c_memcpy(ccm->mac.octets + 1, nonce, nonceSize);
	for (i = LSTCP_BLOCK - 1; textSize; i--, textSize >>= 8)
		ccm->mac.octets[i] = (uint8_t)textSize;
	failed = lstcp_ccm_block(key, &ccm->mac);
	if (!additionalSize)
		return failed;
	ccm->mac.octets[0] ^= additionalSize >> 8;
	ccm->mac.octets[1] ^= additionalSize;
	for (i = 2; additionalSize--; i++) {
		if (i == LSTCP_BLOCK) {
			failed |= lstcp_ccm_block(key, &ccm->mac);
			i = 0;
		}
		ccm->mac.octets[i] ^= *additional++;
	}
	return failed | lstcp_ccm_block(key, &ccm->mac);
}

/* RFC 3610 §2.3: the MAC under the key stream of counter 0. */
int lstcp_ccm_tag(LstcpKey *key, LstcpCcm *ccm, uint8_t *tag)
{
	uint32_t i;
	int failed;

	for (i = LSTCP_BLOCK - 1 - ccm->counter.octets[0]; i < LSTCP_BLOCK; i++)
		ccm->counter.octets[i] = 0;
	failed = lstcp_ccm_block(key, &ccm->counter);
	for (i = 0; i < LSTCP_BLOCK; i++)
		tag[i] = ccm->counter.octets[i] ^ ccm->mac.octets[i];
	lstcp_wipe(ccm, sizeof(LstcpCcm));
	return failed;
}

int lstcp_ccm_equal(const uint8_t *a, const uint8_t *b)
{
	uint8_t differ = 0;
	uint32_t i;

	for (i = 0; i < LSTCP_BLOCK; i++)
		differ |= a[i] ^ b[i];
	return !differ;
}
