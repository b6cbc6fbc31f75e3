import assert from "node:assert/strict";
import { offHeap } from "../../src/node/slab.js";

describe("the slab", () => {
	it("has separate copies of packets of up to 128 octets; longer ones are returned as they are", () => {
		const placed = Array.from({ length: 300 }, (_, i) => {
			const octets = new Uint8Array([0, 1, 17, 59, 123, 128, 129, 1043][i % 8]!).fill(i);
			const copied = offHeap(octets);
			assert.deepEqual(copied, octets);
			assert.equal(copied === octets, octets.length > 128);
			return copied;
		});
		for (const [i, octets] of placed.entries()) assert.ok(octets.every((octet) => octet === i % 256));
	});

	it("keeps working after its buffer was transferred", () => {
		const { buffer } = offHeap(Uint8Array.of(1));
		structuredClone(buffer, { transfer: [buffer as ArrayBuffer] });
		assert.deepEqual(offHeap(Uint8Array.of(7)), Uint8Array.of(7));
	});
});
