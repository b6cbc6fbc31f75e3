/*
 * In place of the ESP-IDF's AES driver, over the tests' AES: as exact as the driver about whole blocks, about words at multiples of four, and
 * about what it leaves in an iv and a counter block.
 */
#include "aes/esp_aes.h"
#include "fips197.h"

#define BLOCK 16
#define FAILED -1

uint32_t esp_aes_blocks = UINT32_MAX;

void esp_aes_init(esp_aes_context *ctx)
{
	ctx->key_bytes = 0;
}

int esp_aes_setkey(esp_aes_context *ctx, const unsigned char *key, unsigned int keybits)
{
	uint32_t i;

	ctx->key_bytes = keybits / 8;
	for (i = 0; i < ctx->key_bytes; i++)
		ctx->key[i] = key[i];
	return keybits == 256 ? 0 : FAILED;
}

static int apart(const void *octets)
{
	return (uintptr_t)octets % 4 != 0;
}

int esp_aes_crypt_ecb(esp_aes_context *ctx, int mode, const unsigned char input[16], unsigned char output[16])
{
	static uint32_t schedule[60];
	static uint8_t of[32];
	int i, known = 1;

	if (!esp_aes_blocks)
		return FAILED;
	esp_aes_blocks--;
	if (ctx->key_bytes != 32 || mode != ESP_AES_ENCRYPT || apart(input) || apart(output))
		return FAILED;
	for (i = 0; i < 32; i++) {
		known &= of[i] == ctx->key[i];
		of[i] = ctx->key[i];
	}
	if (!known)
		aes_keysched(of, 8, 4, 14, aes_cipher_encryption, schedule);
	aes_encrypt4(input, output, 14, schedule);
	return 0;
}

int esp_aes_crypt_cbc(esp_aes_context *ctx, int mode, size_t length, unsigned char iv[16], const unsigned char *input, unsigned char *output)
{
	int i, failed = length == 0 || length % BLOCK != 0 || apart(iv);

	for (; length && !failed; length -= BLOCK, input += BLOCK, output += BLOCK) {
		for (i = 0; i < BLOCK; i++)
			output[i] = input[i] ^ iv[i];
		failed = esp_aes_crypt_ecb(ctx, mode, output, output);
		for (i = 0; i < BLOCK; i++)
			iv[i] = output[i];
	}
	return failed;
}

int esp_aes_crypt_ctr(
	esp_aes_context *ctx, size_t length, size_t *nc_off, unsigned char nonce_counter[16], unsigned char stream_block[16],
	const unsigned char *input, unsigned char *output)
{
	int i, failed = apart(input) || apart(output);

	for (; length-- && !failed; *nc_off = (*nc_off + 1) % BLOCK) {
		if (*nc_off == 0) {
			failed = esp_aes_crypt_ecb(ctx, ESP_AES_ENCRYPT, nonce_counter, stream_block);
			for (i = BLOCK; i > 0 && ++nonce_counter[i - 1] == 0; i--)
				;
		}
		*output++ = *input++ ^ stream_block[*nc_off];
	}
	return failed;
}
