#ifndef __LSTCP_P256__
#define __LSTCP_P256__

#include <stdint.h>

/* Octets of a coordinate, and of a scalar, which is in 1 … n − 1. A share is x ‖ y. Both return 0 on success. */
#define LSTCP_P256 32
#define LSTCP_P256_SHARE (2 * LSTCP_P256)

extern int lstcp_p256_share(uint8_t *share, const uint8_t *scalar);
/* The x-coordinate of the scalar times a point of the curve. */
extern int lstcp_p256_secret(uint8_t *secret, const uint8_t *scalar, const uint8_t *share);

#endif
