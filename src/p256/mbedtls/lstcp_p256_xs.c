#include "xsmc.h"
#include "mc.xs.h"
#include "xsHost.h"
#include "lstcp_p256.h"
#include "esp_random.h"

static int fill(void *context, unsigned char *octets, size_t count)
{
	esp_fill_random(octets, count);
	return 0;
}

/* (product, scalar, point or nothing): throws where a size is wrong, or where mbedTLS has no memory. No XS call is made while the pointers are held. */
void xs_lstcp_p256(xsMachine *the)
{
	void *product, *scalar, *point = NULL;
	xsUnsignedValue size, scalarSize, pointSize = 2 * LSTCP_P256;
	int failed;

	if (xsmcArgc > 2)
		xsmcGetBufferReadable(xsArg(2), &point, &pointSize);
	xsmcGetBufferReadable(xsArg(1), &scalar, &scalarSize);
	xsmcGetBufferWritable(xsArg(0), &product, &size);
	if (size > 2 * LSTCP_P256 || scalarSize != LSTCP_P256 || pointSize != 2 * LSTCP_P256)
		xsRangeError("a scalar of 32 octets and a point of 64");
	failed = lstcp_p256_multiply(product, size, scalar, point, fill);
	if (failed)
		xsUnknownError("P-256 failed");
}
