/** Ends the program with a status. */
export function quit(status: number): void {
	native("xs_lstcp_quit").call(undefined, status);
}

/** Octets in use for slots and for chunks, after a garbage collection. */
export function memory(): { slots: number; chunks: number } {
	const [slots, chunks] = native("xs_lstcp_memory").call(undefined) as [number, number];
	return { slots, chunks };
}

/** What the machine has set aside for slots and chunks so far. */
export function reserved(): { slots: number; slotSize: number; chunks: number } {
	const [slots, slotSize, chunks] = native("xs_lstcp_reserved").call(undefined) as [number, number, number];
	return { slots, slotSize, chunks };
}
