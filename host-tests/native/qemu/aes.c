/*
 * AES-256 enciphering of a block (FIPS 197), in place of the SDK's where that is not installed: only for these tests, and slow. The
 * S-box is computed, so that there is no table to get wrong.
 */
#include "fips197.h"

static uint8_t box[256];

static uint8_t doubled(uint8_t x)
{
	return (uint8_t)(x << 1) ^ (x & 0x80 ? 0x1b : 0);
}

/* §5.1.1: inverses by the generator 3, then the affine map. */
static void makeBox(void)
{
	uint8_t p = 1, q = 1;

	do {
		p ^= doubled(p);
		q ^= q << 1;
		q ^= q << 2;
		q ^= q << 4;
		if (q & 0x80)
			q ^= 0x09;
		box[p] = 0x63 ^ q ^ (uint8_t)(q << 1 | q >> 7) ^ (uint8_t)(q << 2 | q >> 6) ^ (uint8_t)(q << 3 | q >> 5) ^
			(uint8_t)(q << 4 | q >> 4);
	} while (p != 1);
	box[0] = 0x63;
}

/* §5.2, for a key of `Nk` words. */
void aes_keysched(const uint8_t *key, int Nk, int Nb, int Nr, enum aes_cipher_direction direction, uint32_t *subkey)
{
	uint8_t *w = (uint8_t *)subkey;
	uint8_t rcon = 1;
	int i, j;

	(void)direction;
	makeBox();
	for (i = 0; i < 4 * Nk; i++)
		w[i] = key[i];
	for (i = Nk; i < Nb * (Nr + 1); i++) {
		uint8_t t[4];
		for (j = 0; j < 4; j++)
			t[j] = w[4 * (i - 1) + (i % Nk ? j : (j + 1) % 4)];
		if (i % Nk == 0 || i % Nk == 4)
			for (j = 0; j < 4; j++)
				t[j] = box[t[j]];
		if (i % Nk == 0) {
			t[0] ^= rcon;
			rcon = doubled(rcon);
		}
		for (j = 0; j < 4; j++)
			w[4 * i + j] = w[4 * (i - Nk) + j] ^ t[j];
	}
}

/* §5.1 */
void aes_encrypt4(const uint8_t *in, uint8_t *out, int Nr, uint32_t *subkey)
{
	const uint8_t *w = (const uint8_t *)subkey;
	uint8_t s[16], t[16];
	int round, i;

	for (i = 0; i < 16; i++)
		s[i] = in[i] ^ w[i];
	for (round = 1; round <= Nr; round++) {
		for (i = 0; i < 16; i++)
			t[i] = box[s[(i + 4 * (i % 4)) % 16]];
		for (i = 0; i < 16; i++) {
			const uint8_t *c = t + i / 4 * 4;
			uint8_t mixed = doubled(c[i % 4] ^ c[(i + 1) % 4]) ^ c[(i + 1) % 4] ^ c[(i + 2) % 4] ^ c[(i + 3) % 4];
			s[i] = (round == Nr ? t[i] : mixed) ^ w[16 * round + i];
		}
	}
	for (i = 0; i < 16; i++)
		out[i] = s[i];
}
