/** As large as those of Node.js's own pool of buffers. */
const SLAB = 8192;
let slab = new Uint8Array(SLAB);
let used = 0;

/**
 * Zeros, cut from a slab where they are few: on V8 a new array whose octets native code is to see costs as much as sealing
 * a short record. What was cut is not cut again, so that nobody finds what was there before. Not for keys: who gets a part can
 * reach the whole.
 */
export function allocate(size: number): Uint8Array {
	if (size > SLAB / 2) return new Uint8Array(size);
	// Who got a part may have transferred the whole to another thread: then there is nothing left of it.
	if (used + size > slab.length) {
		slab = new Uint8Array(SLAB);
		used = 0;
	}
	used += size;
	return slab.subarray(used - size, used);
}
