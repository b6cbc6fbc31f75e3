/* What the project uses of the ESP-IDF's AES driver, as its header declares it; host-tests/native/qemu/esp_aes.c stands in for it. */
#ifndef __ESP_AES_STAND_IN__
#define __ESP_AES_STAND_IN__

#include <stddef.h>
#include <stdint.h>

#define ESP_AES_ENCRYPT 1

typedef struct {
	uint8_t key_bytes;
	volatile uint8_t key_in_hardware;
	uint8_t key[32];
} esp_aes_context;

void esp_aes_init(esp_aes_context *ctx);
int esp_aes_setkey(esp_aes_context *ctx, const unsigned char *key, unsigned int keybits);
int esp_aes_crypt_ecb(esp_aes_context *ctx, int mode, const unsigned char input[16], unsigned char output[16]);
int esp_aes_crypt_cbc(esp_aes_context *ctx, int mode, size_t length, unsigned char iv[16], const unsigned char *input, unsigned char *output);
int esp_aes_crypt_ctr(
	esp_aes_context *ctx, size_t length, size_t *nc_off, unsigned char nonce_counter[16], unsigned char stream_block[16],
	const unsigned char *input, unsigned char *output);

/* The stand-in's own: it fails once it has enciphered so many blocks more. */
extern uint32_t esp_aes_blocks;

#endif
