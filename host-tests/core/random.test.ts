import assert from "node:assert/strict";
import { RandomSource } from "../../src/core/random.js";
import { nodeCrypto } from "../../src/node/crypto.js";

const source = (random: (octets: Uint8Array) => void) => new RandomSource({ ...nodeCrypto, random });
const reason = { name: "HandshakeError", reason: "random-source" };

describe("random source", () => {
	it("returns the octets that the platform draws", () => {
		let count = 0;
		const random = source((octets) => octets.fill(++count));
		assert.deepEqual(random.draw(13), new Uint8Array(13).fill(1));
		assert.deepEqual(random.draw(4), new Uint8Array(4).fill(2));
	});

	it("throws random-source if the platform's generator throws", () => {
		const random = source(() => {
			throw new Error("no hardware generator");
		});
		assert.throws(() => random.draw(13), { ...reason, message: /no hardware generator/ });
	});

	it("throws random-source if the platform repeats itself, at any length, or draws only zeros", () => {
		const stuck = source((octets) => octets.fill(0x55));
		stuck.draw(20);
		assert.throws(() => stuck.draw(13), reason);
		const dead = source(() => {});
		assert.throws(() => dead.draw(13), reason, "only zeros");
	});
});
