/* P-256 by mbedTLS, with which the ESP32's platform comes, and which lets the chip's own arithmetic do it. */
#include "lstcp_p256.h"
#include <string.h>
#include "mbedtls/ecp.h"
#include "mbedtls/platform_util.h"

/* SEC 1 §2.3.3: both coordinates follow. */
#define UNCOMPRESSED 4

int lstcp_p256_multiply(uint8_t *product, size_t size, const uint8_t *scalar, const uint8_t *point,
	int (*random)(void *context, unsigned char *octets, size_t count))
{
	mbedtls_ecp_group group;
	mbedtls_ecp_point from, to;
	mbedtls_mpi factor;
	uint8_t octets[1 + 2 * LSTCP_P256] = { UNCOMPRESSED };
	size_t written = 0;
	int failed;

	mbedtls_ecp_group_init(&group);
	mbedtls_ecp_point_init(&from);
	mbedtls_ecp_point_init(&to);
	mbedtls_mpi_init(&factor);
	failed = mbedtls_ecp_group_load(&group, MBEDTLS_ECP_DP_SECP256R1);
	if (!failed)
		failed = mbedtls_mpi_read_binary(&factor, scalar, LSTCP_P256);
	if (!failed && point) {
		memcpy(octets + 1, point, 2 * LSTCP_P256);
		failed = mbedtls_ecp_point_read_binary(&group, &from, octets, sizeof(octets));
	}
	if (!failed)
		failed = mbedtls_ecp_mul(&group, &to, &factor, point ? &from : &group.G, random, NULL);
	if (!failed)
		failed = mbedtls_ecp_point_write_binary(&group, &to, MBEDTLS_ECP_PF_UNCOMPRESSED, &written, octets, sizeof(octets));
	if (!failed)
		memcpy(product, octets + 1, size);
	mbedtls_platform_zeroize(octets, sizeof(octets));
	mbedtls_mpi_free(&factor);
	mbedtls_ecp_point_free(&to);
	mbedtls_ecp_point_free(&from);
	mbedtls_ecp_group_free(&group);
	return failed;
}
