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

void *memmove(void *to, const void *from, size_t count)
{
	uint8_t *at = to;
	const uint8_t *source = from;

	if (at <= source)
		return memcpy(to, from, count);
	while (count--)
		at[count] = source[count];
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

uint64_t __udivdi3(uint64_t a, uint64_t b)
{
	uint64_t quotient = 0, rest = 0;
	int i;

	for (i = 0; i < 64; i++) {
		rest = rest + rest + ((uint32_t)(a >> 32) >> 31);
		a += a;
		quotient += quotient;
		if (rest >= b) {
			rest -= b;
			quotient++;
		}
	}
	return quotient;
}

int __clzsi2(unsigned int word)
{
	int zeros = 0;

	while (!(word >> 31)) {
		word <<= 1;
		zeros++;
	}
	return zeros;
}
