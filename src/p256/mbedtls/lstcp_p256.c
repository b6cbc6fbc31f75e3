/*
 * P-256 by mbedTLS, with which the ESP32's platform comes, and which lets the chip's own arithmetic do it: through PSA Crypto, all that
 * mbedTLS 4 (ESP-IDF 6) has for others.
 */
#include "lstcp_p256.h"
#include <string.h>
#include "psa/crypto.h"

/* SEC 1 §2.3.3: both coordinates follow. */
#define UNCOMPRESSED 4

static psa_status_t import(psa_key_id_t *key, const uint8_t *scalar)
{
	psa_key_attributes_t attributes = PSA_KEY_ATTRIBUTES_INIT;
	psa_status_t status = psa_crypto_init();

	psa_set_key_type(&attributes, PSA_KEY_TYPE_ECC_KEY_PAIR(PSA_ECC_FAMILY_SECP_R1));
	psa_set_key_algorithm(&attributes, PSA_ALG_ECDH);
	psa_set_key_usage_flags(&attributes, PSA_KEY_USAGE_DERIVE);
	return status == PSA_SUCCESS ? psa_import_key(&attributes, scalar, LSTCP_P256, key) : status;
}

int lstcp_p256_share(uint8_t *share, const uint8_t *scalar)
{
	uint8_t point[1 + LSTCP_P256_SHARE];
	size_t size;
	psa_key_id_t key;
	psa_status_t status = import(&key, scalar);

	if (status != PSA_SUCCESS)
		return status;
	status = psa_export_public_key(key, point, sizeof(point), &size);
	psa_destroy_key(key);
	if (status == PSA_SUCCESS)
		memcpy(share, point + 1, LSTCP_P256_SHARE);
	return status;
}

int lstcp_p256_secret(uint8_t *secret, const uint8_t *scalar, const uint8_t *share)
{
	uint8_t point[1 + LSTCP_P256_SHARE] = { UNCOMPRESSED };
	size_t size;
	psa_key_id_t key;
	psa_status_t status = import(&key, scalar);

	if (status != PSA_SUCCESS)
		return status;
	memcpy(point + 1, share, LSTCP_P256_SHARE);
	status = psa_raw_key_agreement(PSA_ALG_ECDH, key, point, sizeof(point), secret, LSTCP_P256, &size);
	psa_destroy_key(key);
	return status;
}
