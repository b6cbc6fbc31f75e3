/*
 * What the project's C uses of XS and of the chips' SDKs, as their headers declare it: Debian's cross compilers come without
 * them, and the one for lx106 without a C library. Objects that are compiled against this are never linked.
 */
#ifndef __LSTCP_STAND_IN__
#define __LSTCP_STAND_IN__

#include <stddef.h>
#include <stdint.h>

typedef int32_t txSize;
typedef struct sxSlot {
	struct sxSlot *next;
	void *data[3];
} txSlot, xsSlot;
typedef struct sxBlock {
	struct sxBlock *nextBlock;
	uint8_t *current;
	uint8_t *limit;
	uint8_t *temporary;
} txBlock;
typedef struct sxMachine {
	txSlot *freeHeap;
	txSize minimumHeapCount;
	txBlock *firstBlock;
	txSize minimumChunksSize;
	uint8_t *heap;
	uint8_t *heap_ptr;
	uint8_t *heap_pend;
} xsMachine;
typedef uint32_t xsUnsignedValue;
typedef int32_t xsIntegerValue;

extern xsSlot *lstcp_result(xsMachine *the);
extern xsSlot *lstcp_argument(xsMachine *the, int index);
extern void lstcp_set_number(xsMachine *the, xsSlot *slot, double value);
extern void lstcp_set_boolean(xsMachine *the, xsSlot *slot, int value);
extern void lstcp_set_integer(xsMachine *the, xsSlot *slot, int32_t value);
extern int32_t lstcp_to_integer(xsMachine *the, xsSlot *slot);
extern void lstcp_collect_garbage(xsMachine *the);
extern void lstcp_get_buffer(xsMachine *the, xsSlot *slot, void **data, xsUnsignedValue *count);
extern void *lstcp_get_host_data(xsMachine *the, xsSlot *slot);
extern void lstcp_set_host_data(xsMachine *the, xsSlot *slot, void *data);
extern void lstcp_throw(xsMachine *the, const char *message) __attribute__((noreturn));

#define xsResult (*lstcp_result(the))
#define xsThis (*lstcp_argument(the, -1))
#define xsArg(INDEX) (*lstcp_argument(the, INDEX))
#define xsmcSetNumber(SLOT, VALUE) lstcp_set_number(the, &(SLOT), VALUE)
#define xsmcSetBoolean(SLOT, VALUE) lstcp_set_boolean(the, &(SLOT), VALUE)
#define xsmcSetInteger(SLOT, VALUE) lstcp_set_integer(the, &(SLOT), VALUE)
#define xsmcToInteger(SLOT) lstcp_to_integer(the, &(SLOT))
#define xsCollectGarbage() lstcp_collect_garbage(the)
#define xsmcToBoolean(SLOT) lstcp_to_integer(the, &(SLOT))
#define xsmcGetHostData(SLOT) lstcp_get_host_data(the, &(SLOT))
#define xsmcSetHostData(SLOT, DATA) lstcp_set_host_data(the, &(SLOT), DATA)
#define xsmcGetBufferReadable(SLOT, DATA, COUNT) lstcp_get_buffer(the, &(SLOT), DATA, COUNT)
#define xsmcGetBufferWritable(SLOT, DATA, COUNT) lstcp_get_buffer(the, &(SLOT), DATA, COUNT)
#define xsUnknownError(MESSAGE) lstcp_throw(the, MESSAGE)
#define xsRangeError(MESSAGE) lstcp_throw(the, MESSAGE)

extern void *memcpy(void *to, const void *from, size_t count);
extern void *malloc(size_t size);
extern void *calloc(size_t count, size_t size);
extern void free(void *block);
extern void *memset(void *octets, int value, size_t count);
#define c_memcpy memcpy
#define c_memset memset
#define c_malloc malloc
#define c_calloc calloc
#define c_free free

#if ESP32
	extern void esp_fill_random(void *octets, size_t count);
	extern uint32_t esp_get_free_heap_size(void);
#elif defined(__ets__)
	extern uint32_t system_get_free_heap_size(void);
#endif

#endif
