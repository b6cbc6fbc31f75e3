/** Octets that are cut from one piece of memory; few, since the last of them that waits to leave keeps all of it. */
const SLAB = 2048;
/** The longest packet that is copied: a handshake's all are. */
const SHORT = 128;
let slab = new Uint8Array(SLAB);
let used = 0;

/**
 * A copy of a packet, if it is short, in a slab: V8 moves a small array out of its heap before native code can see it, at the price of
 * sealing a short record. What was cut is not cut again, so that nobody finds what was there before. Not for keys: who gets a part can
 * reach the whole.
 */
export function place(octets: Uint8Array): Uint8Array {
	const size = octets.length;
	if (size > SHORT) return octets;
	// Who got a part may have transferred the whole to another thread: then there is nothing left of it.
	if (used + size > slab.length) {
		slab = new Uint8Array(SLAB);
		used = 0;
	}
	used += size;
	const placed = slab.subarray(used - size, used);
	placed.set(octets);
	return placed;
}
