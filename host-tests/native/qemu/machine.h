#include <stdint.h>

/* What a machine without an operating system offers. */
extern void machine_write(const char *text, uint32_t size);
/* A clock that goes by instructions: QEMU's -icount makes it exact. */
extern uint32_t machine_time(void);
