#include "xsmc.h"
#include "xsHost.h"
#include "lstcp_wipe.h"

void lstcp_wipe(void *octets, uint32_t size)
{
#ifdef __GNUC__
	c_memset(octets, 0, size);
	__asm__ __volatile__("" : : "r"(octets) : "memory");
#else
	volatile uint8_t *at = octets;

	while (size--)
		*at++ = 0;
#endif
}
