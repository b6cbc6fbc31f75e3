#ifndef __LSTCP_P256__
#define __LSTCP_P256__

#include <stddef.h>
#include <stdint.h>

/* Octets of a coordinate, and of a scalar. */
#define LSTCP_P256 32

/*
 * The scalar, 1 … n − 1, times a point, x ‖ y, which is on the curve, or times the base point where that is NULL: the first `size` octets of
 * x ‖ y, 32 or 64. `random` hides the scalar from who measures. Returns 0 on success.
 */
extern int lstcp_p256_multiply(uint8_t *product, size_t size, const uint8_t *scalar, const uint8_t *point,
	int (*random)(void *context, unsigned char *octets, size_t count));

#endif
