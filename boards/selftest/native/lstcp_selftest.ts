/** Ends the program with a status. */
export function quit(status: number): void {
	native("xs_lstcp_quit").call(undefined, status);
}

/** Slots, octets of chunks, and octets that native code has from malloc, in use after a garbage collection. */
export function memory(): { slots: number; chunks: number; native: number } {
	const [slots, chunks, inNative] = native("xs_lstcp_memory").call(undefined) as [number, number, number];
	return { slots, chunks, native: inNative };
}
