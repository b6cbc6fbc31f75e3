#ifndef __LSTCP_WIPE__
#define __LSTCP_WIPE__

#include <stdint.h>

/* Writes zeros that the compiler does not optimize away. */
extern void lstcp_wipe(void *octets, uint32_t size);

#endif
