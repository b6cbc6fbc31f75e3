#include <stdint.h>

/* The SDK's AES, as `modules/crypt/digest/kcl/fips197.h` declares it. */
enum aes_cipher_direction { aes_cipher_encryption, aes_cipher_decryption };

extern void aes_keysched(const uint8_t *key, int Nk, int Nb, int Nr, enum aes_cipher_direction direction, uint32_t *subkey);
extern void aes_encrypt4(const uint8_t *in, uint8_t *out, int Nr, uint32_t *subkey);
