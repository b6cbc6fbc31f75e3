#include "xsmc.h"
#include "mc.xs.h"
#include "xsHost.h"
#include "../../native/lstcp_octets.h"
#include "lstcp_p256.h"

static const uint8_t *octetsOf(xsMachine *the, int argument, xsUnsignedValue size)
{
	LstcpOctets octets = lstcp_readable(the, argument);

	if (octets.size != size)
		xsRangeError("a scalar has 32 octets, a share has 64");
	return octets.at;
}

static void check(xsMachine *the, int failed)
{
	if (failed)
		xsUnknownError("P-256 failed");
}

/* (share, scalar) */
void xs_lstcp_p256_share(xsMachine *the)
{
	const uint8_t *scalar = octetsOf(the, 1, LSTCP_P256);

	check(the, lstcp_p256_share(lstcp_writable(the, 0, LSTCP_P256_SHARE, LSTCP_P256_SHARE).at, scalar));
}

/* (secret, scalar, share) */
void xs_lstcp_p256_secret(xsMachine *the)
{
	const uint8_t *scalar = octetsOf(the, 1, LSTCP_P256);
	const uint8_t *share = octetsOf(the, 2, LSTCP_P256_SHARE);

	check(the, lstcp_p256_secret(lstcp_writable(the, 0, LSTCP_P256, LSTCP_P256).at, scalar, share));
}
