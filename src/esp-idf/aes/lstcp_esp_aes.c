/* The functions of lstcp_aes.c over an ESP32's accelerator, by the ESP-IDF's driver, which its mbedTLS uses too. */
#include "xsmc.h"
#include "xsHost.h"
#include "../../native/lstcp_ccm.h"
#include "aes/esp_aes.h"

/*
 * Blocks that are processed at once. The driver needs aligned words in memory that its DMA reaches, so they are copied to the stack.
 * Without DMA it keeps interrupts off meanwhile, for some 20 µs.
 */
#define BLOCKS 16

_Static_assert(sizeof(esp_aes_context) <= sizeof(LstcpKey), "a key has room for the driver's");

static esp_aes_context *contextOf(LstcpKey *key)
{
	return (esp_aes_context *)key->words;
}

void lstcp_ccm_key(LstcpKey *key, const uint8_t *octets)
{
	esp_aes_init(contextOf(key));
	esp_aes_setkey(contextOf(key), octets, LSTCP_KEY * 8);
}

int lstcp_ccm_block(LstcpKey *key, LstcpBlock *block)
{
	LstcpBlock in = *block;
	int failed = esp_aes_crypt_ecb(contextOf(key), ESP_AES_ENCRYPT, in.octets, block->octets);

	lstcp_wipe(&in, sizeof(in));
	return failed;
}

/* RFC 3610 §2.2: CBC over the plaintext, padded with zeros. Only its last block is used, as the iv of the next call. */
static int mac(LstcpKey *key, LstcpCcm *ccm, LstcpBlock *chunk, const uint8_t *text, uint32_t size)
{
	uint32_t whole = (size + LSTCP_BLOCK - 1) / LSTCP_BLOCK * LSTCP_BLOCK;

	c_memset(chunk->octets + size, 0, whole - size);
	c_memcpy(chunk->octets, text, size);
	return esp_aes_crypt_cbc(contextOf(key), ESP_AES_ENCRYPT, whole, ccm->mac.octets, chunk->octets, chunk->octets);
}

/* RFC 3610 §2.3 */
static int counter(LstcpKey *key, LstcpCcm *ccm, LstcpBlock *chunk, uint8_t *text, uint32_t size)
{
	LstcpBlock stream;
	size_t used = 0;
	int failed;

	c_memcpy(chunk->octets, text, size);
	failed = esp_aes_crypt_ctr(contextOf(key), size, &used, ccm->counter.octets, stream.octets, chunk->octets, chunk->octets);
	c_memcpy(text, chunk->octets, size);
	lstcp_wipe(&stream, sizeof(stream));
	return failed;
}

static int work(LstcpKey *key, LstcpCcm *ccm, uint8_t *text, uint32_t size, int open)
{
	LstcpBlock chunk[BLOCKS];
	int failed = 0;

	while (size && !failed) {
		uint32_t part = size < sizeof(chunk) ? size : sizeof(chunk);
		if (open)
			failed = counter(key, ccm, chunk, text, part);
		failed |= mac(key, ccm, chunk, text, part);
		if (!open)
			failed |= counter(key, ccm, chunk, text, part);
		text += part;
		size -= part;
	}
	lstcp_wipe(chunk, sizeof(chunk));
	return failed;
}

int lstcp_ccm_seal(LstcpKey *key, LstcpCcm *ccm, uint8_t *text, uint32_t size)
{
	return work(key, ccm, text, size, 0);
}

int lstcp_ccm_open(LstcpKey *key, LstcpCcm *ccm, uint8_t *text, uint32_t size)
{
	return work(key, ccm, text, size, 1);
}
