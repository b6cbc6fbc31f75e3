/* What the project's CCM makes of an accelerator that fails, under QEMU: whichever block it is, somebody is told. */
#include "aes/esp_aes.h"
#include "console.h"
#include "lstcp_ccm.h"
#include "machine.h"

#define SIZE 600
/* B_0 and the additional data, the text's blocks in both passes, and the tag's. */
#define BLOCKS (2 + 2 * ((SIZE + LSTCP_BLOCK - 1) / LSTCP_BLOCK) + 1)

static int run(uint32_t blocks, int (*work)(LstcpKey *key, LstcpCcm *ccm, uint8_t *text, uint32_t size))
{
	static const uint8_t octets[LSTCP_KEY], nonce[13];
	static uint8_t text[SIZE];
	uint8_t tag[LSTCP_BLOCK];
	LstcpKey key;
	LstcpCcm ccm;
	int failed;

	lstcp_ccm_key(&key, octets);
	esp_aes_blocks = blocks;
	failed = lstcp_ccm_begin(&key, &ccm, nonce, sizeof(nonce), octets, 3, SIZE);
	failed |= work(&key, &ccm, text, SIZE);
	return failed | lstcp_ccm_tag(&key, &ccm, tag);
}

int main(void)
{
	uint32_t blocks, told = 0;

	reportPage();
	for (blocks = 0; blocks < BLOCKS; blocks++)
		told += run(blocks, lstcp_ccm_seal) && run(blocks, lstcp_ccm_open);
	report("failures", BLOCKS);
	report("told", told);
	report("content", !run(BLOCKS, lstcp_ccm_seal) && !run(BLOCKS, lstcp_ccm_open));
	return told != BLOCKS;
}
