#include <malloc.h>
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

#define VALUES 5

/* (whether garbage is collected before): [slots, octets of chunks, octets from malloc, the most slots so far, the most octets of chunks] in use. */
void xs_lstcp_memory(xsMachine *the)
{
	double values[VALUES];
	int i;

	xsmcVars(1);
	if (xsmcToBoolean(xsArg(0)))
		xsCollectGarbage();
	values[0] = the->currentHeapCount;
	values[1] = the->currentChunksSize;
	values[2] = mallinfo2().uordblks;
	values[3] = the->peakHeapCount;
	values[4] = the->peakChunksSize;
	xsResult = xsNewArray(VALUES);
	for (i = 0; i < VALUES; i++) {
		xsmcSetNumber(xsVar(0), values[i]);
		xsmcSetIndex(xsResult, i, xsVar(0));
	}
}
