import assert from "node:assert/strict";
import { RandomSource } from "../../src/core/random.js";
import { nodeCrypto } from "../../src/node/crypto.js";

const source = (random: (octets: Uint8Array) => void) => new RandomSource({ ...nodeCrypto, random });
const reason = { name: "HandshakeError", reason: "random-source" };

describe("random source", () => {
	it("hands out what the platform draws", () => {
		let count = 0;
		const random = source((octets) => octets.fill(++count));
		assert.deepEqual(random.draw(13), new Uint8Array(13).fill(1));
		assert.deepEqual(random.draw(4), new Uint8Array(4).fill(2));
	});

	it("stops when the platform has none", () => {
		const random = source(() => {
			throw new Error("no hardware generator");
		});
		assert.throws(() => random.draw(13), { ...reason, message: /no hardware generator/ });
	});

	it("stops when the platform repeats itself, whatever length is asked for", () => {
		const stuck = source((octets) => octets.fill(0x55));
		stuck.draw(20);
		assert.throws(() => stuck.draw(13), reason);
		const dead = source(() => {});
		assert.throws(() => dead.draw(13), reason, "nothing but zeros");
	});
});
