#ifndef __LSTCP_WIPE__
#define __LSTCP_WIPE__

#include <stdint.h>

/* Zeros that the compiler does not leave out. */
extern void lstcp_wipe(void *octets, uint32_t size);

#endif
