#include <stdio.h>
#include <stdlib.h>

#include "xsAll.h"
#include "xsmc.h"
#include "mc.xs.h"

void xs_lstcp_quit(xsMachine *the)
{
	fflush(NULL);
	_Exit(xsmcToInteger(xsArg(0)));
}

/* [octets of slots in use, octets of chunks in use], after a garbage collection. */
void xs_lstcp_memory(xsMachine *the)
{
	xsmcVars(1);
	xsCollectGarbage();
	xsResult = xsNewArray(2);
	xsmcSetNumber(xsVar(0), (double)(the->currentHeapCount * sizeof(txSlot)));
	xsmcSetIndex(xsResult, 0, xsVar(0));
	xsmcSetNumber(xsVar(0), (double)the->currentChunksSize);
	xsmcSetIndex(xsResult, 1, xsVar(0));
}
