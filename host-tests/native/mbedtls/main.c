/* The project's P-256 over mbedTLS against known answers, on the machine that compiles it. */
#include "lstcp_p256.h"
#include <stdio.h>
#include <string.h>

typedef struct {
	uint8_t scalar[LSTCP_P256], share[LSTCP_P256_SHARE], secret[LSTCP_P256], publicKey[LSTCP_P256_SHARE];
	int valid;
} Vector;

#include "vectors.h"

static int holds(const Vector *vector)
{
	uint8_t share[LSTCP_P256_SHARE], secret[LSTCP_P256];

	if (lstcp_p256_share(share, vector->scalar) || memcmp(share, vector->publicKey, sizeof(share)))
		return 0;
	if (lstcp_p256_secret(secret, vector->scalar, vector->share))
		return !vector->valid;
	return vector->valid && memcmp(secret, vector->secret, sizeof(secret)) == 0;
}

int main(void)
{
	size_t i, passed = 0, count = sizeof(vectors) / sizeof(vectors[0]);

	for (i = 0; i < count; i++)
		passed += (size_t)holds(vectors + i);
	printf("%zu of %zu\n", passed, count);
	return passed != count;
}
