#include "xsmc.h"
#include "xsHost.h"
#include "fips197.h"
#include "lstcp_ccm.h"

/* FIPS 197: AES-256 has keys of 8 words, blocks of 4 and 14 rounds. */
#define WORDS 8
#define COLUMNS 4
#define ROUNDS 14

void lstcp_wipe(void *octets, uint32_t size)
{
#ifdef __GNUC__
	c_memset(octets, 0, size);
	__asm__ __volatile__("" : : "r"(octets) : "memory");
#else
	volatile uint8_t *at = octets;

	while (size--)
		*at++ = 0;
#endif
}

void lstcp_ccm_key(LstcpKey *key, const uint8_t *octets)
{
	aes_keysched(octets, WORDS, COLUMNS, ROUNDS, aes_cipher_encryption, key->schedule);
}

static void encipher(LstcpKey *key, const uint8_t *in, uint8_t *out)
{
	aes_encrypt4(in, out, ROUNDS, key->schedule);
}

/* RFC 3610 §2.3: the octets behind the nonce count. */
static void next(uint8_t *counter)
{
	uint8_t *at = counter + LSTCP_BLOCK;

	while (!++*--at)
		;
}

/* RFC 3610 §2.2: the MAC of B_0 and of the additional data behind their length. §2.3: the counter block of the text's begin. */
void lstcp_ccm_begin(
	LstcpKey *key, LstcpCcm *ccm, const uint8_t *nonce, uint32_t nonceSize, const uint8_t *additional, uint32_t additionalSize,
	uint32_t textSize)
{
	uint32_t i;

	c_memset(ccm, 0, sizeof(LstcpCcm));
	ccm->counter.octets[0] = ccm->mac.octets[0] = 14 - nonceSize;
	c_memcpy(ccm->counter.octets + 1, nonce, nonceSize);
	ccm->counter.octets[LSTCP_BLOCK - 1] = 1;
	ccm->mac.octets[0] |= (additionalSize ? 0x40 : 0) | ((LSTCP_BLOCK - 2) / 2) << 3;
	c_memcpy(ccm->mac.octets + 1, nonce, nonceSize);
	for (i = LSTCP_BLOCK - 1; textSize; i--, textSize >>= 8)
		ccm->mac.octets[i] = (uint8_t)textSize;
	encipher(key, ccm->mac.octets, ccm->mac.octets);
	if (!additionalSize)
		return;
	ccm->mac.octets[0] ^= additionalSize >> 8;
	ccm->mac.octets[1] ^= additionalSize;
	for (i = 2; additionalSize--; i++) {
		if (i == LSTCP_BLOCK) {
			encipher(key, ccm->mac.octets, ccm->mac.octets);
			i = 0;
		}
		ccm->mac.octets[i] ^= *additional++;
	}
	encipher(key, ccm->mac.octets, ccm->mac.octets);
}

/* A text may begin anywhere, and the chips want words at multiples of four: its octets are put together and taken apart. */
#define LOAD(AT) ((uint32_t)(AT)[0] | (uint32_t)(AT)[1] << 8 | (uint32_t)(AT)[2] << 16 | (uint32_t)(AT)[3] << 24)
#define STORE(AT, WORD) \
	((AT)[0] = (uint8_t)(WORD), (AT)[1] = (uint8_t)((WORD) >> 8), (AT)[2] = (uint8_t)((WORD) >> 16), (AT)[3] = (uint8_t)((WORD) >> 24))

/* The plaintext's word into the MAC, the key stream's into the text. `open` is all ones where the text is not plain before. */
#define WORK(I) do { \
		uint32_t word = LOAD(text + 4 * I); \
		uint32_t key = stream.words[I]; \
		ccm->mac.words[I] ^= word ^ (key & open); \
		word ^= key; \
		STORE(text + 4 * I, word); \
	} while (0)

/* Both passes in one over each block. */
static void work(LstcpKey *key, LstcpCcm *ccm, uint8_t *text, uint32_t size, uint32_t open)
{
	LstcpBlock stream;
	uint32_t i;

	for (; size >= LSTCP_BLOCK; size -= LSTCP_BLOCK, text += LSTCP_BLOCK) {
		encipher(key, ccm->counter.octets, stream.octets);
		next(ccm->counter.octets);
		WORK(0);
		WORK(1);
		WORK(2);
		WORK(3);
		encipher(key, ccm->mac.octets, ccm->mac.octets);
	}
	if (size) {
		encipher(key, ccm->counter.octets, stream.octets);
		for (i = 0; i < size; i++) {
			ccm->mac.octets[i] ^= text[i] ^ (stream.octets[i] & open);
			text[i] ^= stream.octets[i];
		}
		encipher(key, ccm->mac.octets, ccm->mac.octets);
	}
	lstcp_wipe(&stream, sizeof(stream));
}

void lstcp_ccm_seal(LstcpKey *key, LstcpCcm *ccm, uint8_t *text, uint32_t size)
{
	work(key, ccm, text, size, 0);
}

void lstcp_ccm_open(LstcpKey *key, LstcpCcm *ccm, uint8_t *text, uint32_t size)
{
	work(key, ccm, text, size, ~(uint32_t)0);
}

/* RFC 3610 §2.3: the MAC under the key stream of counter 0. */
void lstcp_ccm_tag(LstcpKey *key, LstcpCcm *ccm, uint8_t *tag)
{
	uint32_t i;

	for (i = LSTCP_BLOCK - 1 - ccm->counter.octets[0]; i < LSTCP_BLOCK; i++)
		ccm->counter.octets[i] = 0;
	encipher(key, ccm->counter.octets, tag);
	for (i = 0; i < LSTCP_BLOCK; i++)
		tag[i] ^= ccm->mac.octets[i];
	lstcp_wipe(ccm, sizeof(LstcpCcm));
}

int lstcp_ccm_equal(const uint8_t *a, const uint8_t *b)
{
	uint8_t differ = 0;
	uint32_t i;

	for (i = 0; i < LSTCP_BLOCK; i++)
		differ |= a[i] ^ b[i];
	return !differ;
}
