import assert from "node:assert/strict";
import { allocate } from "../../src/node/slab.js";

describe("the slab", () => {
	it("gives zeros that nobody else has, of any size", () => {
		const given = Array.from({ length: 300 }, (_, i) => {
			const size = [0, 1, 17, 59, 1043, 4095, 4096, 4097, 70_000][i % 9]!;
			const octets = allocate(size);
			assert.equal(octets.length, size);
			assert.ok(octets.every((octet) => octet === 0));
			return octets.fill((i % 255) + 1);
		});
		for (const [i, octets] of given.entries()) assert.ok(octets.every((octet) => octet === (i % 255) + 1));
	});

	it("goes on where somebody has transferred the whole of it", () => {
		const octets = allocate(10);
		structuredClone(octets.buffer, { transfer: [octets.buffer as ArrayBuffer] });
		assert.equal(allocate(10).length, 10);
	});
});
