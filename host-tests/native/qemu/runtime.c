#include <stddef.h>
#include <stdint.h>

/* What the compiler and C call: there is no C library, and Debian's compiler for lx106 has no division. */
void *memcpy(void *to, const void *from, size_t count)
{
	uint8_t *at = to;
	const uint8_t *source = from;

	while (count--)
		*at++ = *source++;
	return to;
}

void *memset(void *octets, int value, size_t count)
{
	uint8_t *at = octets;

	while (count--)
		*at++ = (uint8_t)value;
	return octets;
}

int __modsi3(int a, int b)
{
	while (a >= b)
		a -= b;
	return a;
}
