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

/* [slots, octets of chunks, octets from malloc] in use, after a garbage collection. */
void xs_lstcp_memory(xsMachine *the)
{
	double values[3];
	int i;

	xsmcVars(1);
	xsCollectGarbage();
	values[0] = the->currentHeapCount;
	values[1] = the->currentChunksSize;
	values[2] = mallinfo2().uordblks;
	xsResult = xsNewArray(3);
	for (i = 0; i < 3; i++) {
		xsmcSetNumber(xsVar(0), values[i]);
		xsmcSetIndex(xsResult, i, xsVar(0));
	}
}
