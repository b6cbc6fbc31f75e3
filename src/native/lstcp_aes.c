#include "xsmc.h"
#include "xsHost.h"
#include "fips197.h"
#include "lstcp_ccm.h"

/* FIPS 197: AES-256 has keys of 8 words, blocks of 4 and 14 rounds. */
#define WORDS 8
#define COLUMNS 4
#define ROUNDS 14

void lstcp_ccm_key(LstcpKey *key, const uint8_t *octets)
{
	aes_keysched(octets, WORDS, COLUMNS, ROUNDS, aes_cipher_encryption, key->words);
}

static void encipher(LstcpKey *key, const uint8_t *in, uint8_t *out)
{
	aes_encrypt4(in, out, ROUNDS, key->words);
}

int lstcp_ccm_block(LstcpKey *key, LstcpBlock *block)
{
	encipher(key, block->octets, block->octets);
	return 0;
}

/* RFC 3610 §2.3: the octets after the nonce are the counter. */
static void next(uint8_t *counter)
{
	uint8_t *at = counter + LSTCP_BLOCK;

	while (!++*--at)
		;
}

/* A text may begin at any address, but the chips need aligned words: they are assembled from octets and taken apart again. */
#define LOAD(AT) ((uint32_t)(AT)[0] | (uint32_t)(AT)[1] << 8 | (uint32_t)(AT)[2] << 16 | (uint32_t)(AT)[3] << 24)
#define STORE(AT, WORD) \
	((AT)[0] = (uint8_t)(WORD), (AT)[1] = (uint8_t)((WORD) >> 8), (AT)[2] = (uint8_t)((WORD) >> 16), (AT)[3] = (uint8_t)((WORD) >> 24))

/* XORs the plaintext's word into the MAC, and the key stream's into the text. `open` is all ones if the text is ciphertext before. */
#define WORK(I) do { \
		uint32_t word = LOAD(text + 4 * I); \
		uint32_t key = stream.words[I]; \
		ccm->mac.words[I] ^= word ^ (key & open); \
		word ^= key; \
		STORE(text + 4 * I, word); \
	} while (0)

/* Both passes at once, block by block. */
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

int lstcp_ccm_seal(LstcpKey *key, LstcpCcm *ccm, uint8_t *text, uint32_t size)
{
	work(key, ccm, text, size, 0);
	return 0;
}

int lstcp_ccm_open(LstcpKey *key, LstcpCcm *ccm, uint8_t *text, uint32_t size)
{
	work(key, ccm, text, size, ~(uint32_t)0);
	return 0;
}
