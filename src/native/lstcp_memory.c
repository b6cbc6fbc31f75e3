#include "xsAll.h"
#include "xsmc.h"
#include "mc.xs.h"
#include "xsHost.h"

#if ESP32
	#include "esp_system.h"
#elif defined(__ets__)
	#include "user_interface.h"
#endif

/* Octets of chunks that XS must have to spare, for ending a session and reporting that. */
#define CHUNKS 1024

/* freeMemory(): free octets of the system's heap; on a desktop, of XS's chunks. */
void xs_lstcp_free_memory(xsMachine *the)
{
#if ESP32
	xsmcSetNumber(xsResult, (double)esp_get_free_heap_size());
#elif defined(__ets__)
	xsmcSetNumber(xsResult, (double)system_get_free_heap_size());
#else
	xsmcSetNumber(xsResult, (double)(the->maximumChunksSize - the->currentChunksSize));
#endif
}

/* Octets by which the chunks must grow for one of `size`; 0 if it fits as they are. */
static txSize missingChunks(xsMachine *the, txSize size)
{
	txBlock *block;

	for (block = the->firstBlock; block; block = block->nextBlock) {
		if (size <= block->limit - block->current)
			return 0;
	}
	if (the->minimumChunksSize)
		size += the->minimumChunksSize - size % the->minimumChunksSize;
	return size + sizeof(txBlock);
}

/* Octets by which the slots must grow for `count` more; 0 if that many are free. */
static txSize missingSlots(xsMachine *the, txSize count)
{
	txSlot *slot = the->freeHeap;
	txSize more = count;

	while (slot && more) {
		slot = slot->next;
		more--;
	}
	if (!more)
		return 0;
	return (txSize)sizeof(txSlot) * (the->minimumHeapCount > count ? the->minimumHeapCount : count);
}

/* Whether `size` octets of chunks and `count` slots are free, or XS could get them from the system; if not, it would end the machine. */
static int hasRoom(xsMachine *the, txSize size, txSize count)
{
	txSize chunks = missingChunks(the, size);
	txSize slots = missingSlots(the, count);
	void *probe;

	if ((chunks && !the->minimumChunksSize) || (slots && !the->minimumHeapCount))
		return 0;
	if (!chunks && !slots)
		return 1;
#if ESP32 || defined(__ets__)
	/* One block of a fixed size, chunks from its beginning and slots from its end. */
	if (the->heap)
		return chunks + slots <= the->heap_pend - the->heap_ptr;
#endif
	probe = c_malloc(chunks + slots);
	c_free(probe);
	return probe != NULL;
}

/* hasRoom(octets, slots): collects garbage if there is no room without. */
void xs_lstcp_has_room(xsMachine *the)
{
	txSize size = (txSize)xsmcToInteger(xsArg(0)) + CHUNKS;
	txSize count = (txSize)xsmcToInteger(xsArg(1));
	int answer = hasRoom(the, size, count);

	if (!answer) {
		xsCollectGarbage();
		answer = hasRoom(the, size, count);
	}
	xsmcSetBoolean(xsResult, answer);
}
