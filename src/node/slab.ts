/** Octets of a slab; few, since the last packet that waits to be sent keeps all of it. */
const SLAB = 2048;
/** The longest packet that is copied, in octets; all handshake packets are. */
const SHORT = 128;
let slab = new Uint8Array(SLAB);
let used = 0;

/**
 * A copy of a packet, if it is short, in a slab: V8 moves a small array out of its heap before native code can read it, at the cost of
 * sealing a short record. No part is used twice, so that nobody finds old contents. Not for keys, since a part gives access to the
 * whole.
 */
export function offHeap(octets: Uint8Array): Uint8Array {
	const size = octets.length;
	if (size > SHORT) return octets;
	// Whoever got a part may have transferred the whole to another thread, which leaves it empty.
	if (used + size > slab.length) {
		slab = new Uint8Array(SLAB);
		used = 0;
	}
	used += size;
	const placed = slab.subarray(used - size, used);
	placed.set(octets);
	return placed;
}
