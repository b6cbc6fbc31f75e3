#include "xsmc.h"
#include "mc.xs.h"
#include "xsHost.h"
#include "fips180.h"
#include "lstcp_wipe.h"
#include "lstcp_octets.h"

/* The SDK's SHA-256, into memory of the caller, and HKDF-SHA256 (RFC 5869) over it. */

#define HASH SHA256_DGSTSIZE
#define INNER 0x36
#define OUTER 0x5c

/* HMAC-SHA256 (RFC 2104) of what is added between begin and end. */
typedef struct {
	struct sha256 hash;
	uint8_t pad[SHA256_BLKSIZE];
} Hmac;

static void beginPad(Hmac *hmac, uint8_t value)
{
	int i;

	for (i = 0; i < SHA256_BLKSIZE; i++)
		hmac->pad[i] ^= value;
	sha256_create(&hmac->hash);
	sha256_update(&hmac->hash, hmac->pad, SHA256_BLKSIZE);
}

static void beginHmac(Hmac *hmac, const uint8_t *key, uint32_t size)
{
	c_memset(hmac->pad, 0, SHA256_BLKSIZE);
	if (size > SHA256_BLKSIZE) {
		sha256_create(&hmac->hash);
		sha256_update(&hmac->hash, key, size);
		sha256_fin(&hmac->hash, hmac->pad);
	} else
		c_memcpy(hmac->pad, key, size);
	beginPad(hmac, INNER);
}

static void endHmac(Hmac *hmac, uint8_t *mac)
{
	sha256_fin(&hmac->hash, mac);
	beginPad(hmac, INNER ^ OUTER);
	sha256_update(&hmac->hash, mac, HASH);
	sha256_fin(&hmac->hash, mac);
	lstcp_wipe(hmac, sizeof(Hmac));
}

/* sha256(octets, size, into, at) */
void xs_lstcp_sha256(xsMachine *the)
{
	xsUnsignedValue size = (xsUnsignedValue)xsmcToInteger(xsArg(1));
	xsUnsignedValue at = (xsUnsignedValue)xsmcToInteger(xsArg(3));
	LstcpOctets octets = lstcp_readable(the, 0);
	LstcpOctets into = lstcp_writable(the, 2, HASH, 0xffff);
	struct sha256 hash;

	if (size > octets.size || at > into.size - HASH)
		xsRangeError("there are not so many octets");

	sha256_create(&hash);
	sha256_update(&hash, octets.at, size);
	sha256_fin(&hash, into.at + at);
}

/* extract(salt, ikm, prk) */
void xs_lstcp_hkdf_extract(xsMachine *the)
{
	LstcpOctets salt = lstcp_readable(the, 0);
	LstcpOctets ikm = lstcp_readable(the, 1);
	LstcpOctets prk = lstcp_writable(the, 2, HASH, HASH);
	Hmac hmac;

	beginHmac(&hmac, salt.at, salt.size);
	sha256_update(&hmac.hash, ikm.at, ikm.size);
	endHmac(&hmac, prk.at);
}

/* expand(prk, info, okm) */
void xs_lstcp_hkdf_expand(xsMachine *the)
{
	LstcpOctets prk = lstcp_readable(the, 0);
	LstcpOctets info = lstcp_readable(the, 1);
	LstcpOctets okm = lstcp_writable(the, 2, 0, 255 * HASH);
	uint8_t block[HASH];
	uint8_t count = 0;
	Hmac hmac;
	uint32_t size;

	for (; okm.size; okm.at += size, okm.size -= size) {
		beginHmac(&hmac, prk.at, prk.size);
		if (count++)
			sha256_update(&hmac.hash, block, HASH);
		sha256_update(&hmac.hash, info.at, info.size);
		sha256_update(&hmac.hash, &count, 1);
		endHmac(&hmac, block);
		size = okm.size < HASH ? okm.size : HASH;
		c_memcpy(okm.at, block, size);
	}
	lstcp_wipe(block, HASH);
}
