/** Ends the program with a status. */
export function quit(status: number): void {
	native("xs_lstcp_quit").call(undefined, status);
}

export interface Memory {
	slots: number;
	/** Octets of chunks, and octets that native code has from malloc. */
	chunks: number;
	native: number;
	/** The most that were in use so far, garbage included. */
	peakSlots: number;
	peakChunks: number;
}

/** What is in use, by default after a garbage collection. */
export function memory(collect = true): Memory {
	const values = native("xs_lstcp_memory").call(undefined, collect) as number[];
	const [slots, chunks, inNative, peakSlots, peakChunks] = values as [number, number, number, number, number];
	return { slots, chunks, native: inNative, peakSlots, peakChunks };
}
