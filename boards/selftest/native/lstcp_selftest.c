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

/* [slots set aside, octets of a slot, octets set aside for chunks] */
void xs_lstcp_reserved(xsMachine *the)
{
	double values[3] = { the->maximumHeapCount, sizeof(txSlot), the->maximumChunksSize };
	int i;

	xsmcVars(1);
	xsResult = xsNewArray(3);
	for (i = 0; i < 3; i++) {
		xsmcSetNumber(xsVar(0), values[i]);
		xsmcSetIndex(xsResult, i, xsVar(0));
	}
}
