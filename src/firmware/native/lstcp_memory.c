#include "xsAll.h"
#include "xsmc.h"
#include "mc.xs.h"
#include "xsHost.h"

#if ESP32
	#include "esp_system.h"
#elif defined(__ets__)
	#include "user_interface.h"
#endif

/* freeMemory(): octets that the system's heap has free; on a desktop, what XS has set aside for chunks and not used. */
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
