/* The project's P-256 over mbedTLS against known answers, on the machine that compiles it. */
#include "lstcp_p256.h"
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>

typedef struct {
	uint8_t scalar[LSTCP_P256], point[2 * LSTCP_P256], shared[LSTCP_P256], publicKey[2 * LSTCP_P256];
	int valid;
} Vector;

#include "vectors.h"

static int fill(void *context, unsigned char *octets, size_t count)
{
	(void)context;
	return getrandom(octets, count, 0) == (ssize_t)count ? 0 : -1;
}

static int holds(const Vector *vector)
{
	uint8_t product[2 * LSTCP_P256];

	if (lstcp_p256_multiply(product, sizeof(product), vector->scalar, NULL, fill) ||
		memcmp(product, vector->publicKey, sizeof(product)))
		return 0;
	if (lstcp_p256_multiply(product, LSTCP_P256, vector->scalar, vector->point, fill))
		return !vector->valid;
	return vector->valid && memcmp(product, vector->shared, LSTCP_P256) == 0;
}

int main(void)
{
	size_t i, passed = 0, count = sizeof(vectors) / sizeof(vectors[0]);

	for (i = 0; i < count; i++)
		passed += (size_t)holds(vectors + i);
	printf("%zu of %zu\n", passed, count);
	return passed != count;
}
