/*
 * What the project's C uses of XS and of the chips' SDKs, as their headers declare it: Debian's cross compilers come without
 * them, and the one for lx106 without a C library. Objects that are compiled against this are never linked.
 */
#ifndef __LSTCP_STAND_IN__
#define __LSTCP_STAND_IN__

#include <stddef.h>
#include <stdint.h>

typedef struct xsMachineRecord xsMachine;
typedef struct {
	void *data[4];
} xsSlot;
typedef uint32_t xsUnsignedValue;

extern xsSlot *lstcp_result(xsMachine *the);
extern xsSlot *lstcp_argument(xsMachine *the, int index);
extern void lstcp_set_number(xsMachine *the, xsSlot *slot, double value);
extern void lstcp_get_buffer(xsMachine *the, xsSlot *slot, void **data, xsUnsignedValue *count);
extern void lstcp_throw(xsMachine *the, const char *message);

#define xsResult (*lstcp_result(the))
#define xsArg(INDEX) (*lstcp_argument(the, INDEX))
#define xsmcSetNumber(SLOT, VALUE) lstcp_set_number(the, &(SLOT), VALUE)
#define xsmcGetBufferWritable(SLOT, DATA, COUNT) lstcp_get_buffer(the, &(SLOT), DATA, COUNT)
#define xsUnknownError(MESSAGE) lstcp_throw(the, MESSAGE)

extern void *memcpy(void *to, const void *from, size_t count);
#define c_memcpy memcpy

#if ESP32
	extern void esp_fill_random(void *octets, size_t count);
	extern uint32_t esp_get_free_heap_size(void);
#elif defined(__ets__)
	extern uint32_t system_get_free_heap_size(void);
#endif

#endif
