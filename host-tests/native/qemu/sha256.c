/* SHA-256 (FIPS 180-4), in place of the SDK's where that is not installed: only for these tests, an octet at a time. */
#include "fips180.h"

/* §4.2.2 */
static const uint32_t constants[64] = {
	0x428a2f98, 0x71374491, 0xb5c0fbcf, 0xe9b5dba5, 0x3956c25b, 0x59f111f1, 0x923f82a4, 0xab1c5ed5,
	0xd807aa98, 0x12835b01, 0x243185be, 0x550c7dc3, 0x72be5d74, 0x80deb1fe, 0x9bdc06a7, 0xc19bf174,
	0xe49b69c1, 0xefbe4786, 0x0fc19dc6, 0x240ca1cc, 0x2de92c6f, 0x4a7484aa, 0x5cb0a9dc, 0x76f988da,
	0x983e5152, 0xa831c66d, 0xb00327c8, 0xbf597fc7, 0xc6e00bf3, 0xd5a79147, 0x06ca6351, 0x14292967,
	0x27b70a85, 0x2e1b2138, 0x4d2c6dfc, 0x53380d13, 0x650a7354, 0x766a0abb, 0x81c2c92e, 0x92722c85,
	0xa2bfe8a1, 0xa81a664b, 0xc24b8b70, 0xc76c51a3, 0xd192e819, 0xd6990624, 0xf40e3585, 0x106aa070,
	0x19a4c116, 0x1e376c08, 0x2748774c, 0x34b0bcb5, 0x391c0cb3, 0x4ed8aa4a, 0x5b9cca4f, 0x682e6ff3,
	0x748f82ee, 0x78a5636f, 0x84c87814, 0x8cc70208, 0x90befffa, 0xa4506ceb, 0xbef9a3f7, 0xc67178f2,
};

static uint32_t rotated(uint32_t x, int by)
{
	return x >> by | x << (32 - by);
}

/* §6.2.2 */
static void process(struct sha256 *s)
{
	uint32_t w[64], v[SHA256_NUMSTATE], first, second;
	int i, j;

	for (i = 0; i < 16; i++)
		w[i] = (uint32_t)s->buf[4 * i] << 24 | s->buf[4 * i + 1] << 16 | s->buf[4 * i + 2] << 8 | s->buf[4 * i + 3];
	for (; i < 64; i++)
		w[i] = w[i - 16] + w[i - 7] + (rotated(w[i - 15], 7) ^ rotated(w[i - 15], 18) ^ w[i - 15] >> 3) +
			(rotated(w[i - 2], 17) ^ rotated(w[i - 2], 19) ^ w[i - 2] >> 10);
	for (i = 0; i < SHA256_NUMSTATE; i++)
		v[i] = s->state[i];
	for (i = 0; i < 64; i++) {
		first = v[7] + (rotated(v[4], 6) ^ rotated(v[4], 11) ^ rotated(v[4], 25)) + ((v[4] & v[5]) ^ (~v[4] & v[6])) +
			constants[i] + w[i];
		second = (rotated(v[0], 2) ^ rotated(v[0], 13) ^ rotated(v[0], 22)) +
			((v[0] & v[1]) ^ (v[0] & v[2]) ^ (v[1] & v[2]));
		for (j = 7; j > 0; j--)
			v[j] = v[j - 1];
		v[4] += first;
		v[0] = first + second;
	}
	for (i = 0; i < SHA256_NUMSTATE; i++)
		s->state[i] += v[i];
}

static void add(struct sha256 *s, uint8_t octet)
{
	uint32_t at = (uint32_t)s->len++ % SHA256_BLKSIZE;

	s->buf[at] = octet;
	if (at == SHA256_BLKSIZE - 1)
		process(s);
}

void sha256_create(struct sha256 *s)
{
	static const uint32_t initial[SHA256_NUMSTATE] = {
		0x6a09e667, 0xbb67ae85, 0x3c6ef372, 0xa54ff53a, 0x510e527f, 0x9b05688c, 0x1f83d9ab, 0x5be0cd19,
	};
	int i;

	s->len = 0;
	for (i = 0; i < SHA256_NUMSTATE; i++)
		s->state[i] = initial[i];
}

void sha256_update(struct sha256 *s, const void *data, uint32_t size)
{
	const uint8_t *at = data;

	while (size--)
		add(s, *at++);
}

void sha256_fin(struct sha256 *s, uint8_t *dgst)
{
	/* Of a text of less than 512 MB: its length in bits has 32. */
	uint32_t bits = (uint32_t)s->len * 8;
	int i;

	add(s, 0x80);
	while ((uint32_t)s->len % SHA256_BLKSIZE != SHA256_BLKSIZE - 8)
		add(s, 0);
	for (i = 56; i >= 0; i -= 8)
		add(s, i < 32 ? (uint8_t)(bits >> i) : 0);
	for (i = 0; i < SHA256_DGSTSIZE; i++)
		dgst[i] = (uint8_t)(s->state[i / 4] >> (24 - 8 * (i % 4)));
}
