import assert from "node:assert/strict";
import fc from "fast-check";
import { answerNumbers, answerWord, checkNumbers } from "../../src/core/challenge.js";

/** The expected response, computed with BigInt as docs/protocol.md defines it. */
function expected(request: Uint8Array, word: Uint8Array) {
	const view = Buffer.from(request);
	const [a, b] = [view.readBigUInt64LE(4), view.readBigUInt64LE(12)];
	const answer = Buffer.alloc(20);
	answer.set(word);
	answer.writeBigUInt64LE(BigInt.asUintN(64, a + b), 4);
	answer.writeBigUInt64LE(a ^ b, 12);
	return answer;
}

const octets = (length: number) => fc.uint8Array({ minLength: length, maxLength: length });
const high = fc.constantFrom(new Uint8Array(20).fill(0xff), new Uint8Array(20), new Uint8Array(20).fill(0x80));

describe("challenge", () => {
	it("answerNumbers returns the sum and the XOR of both numbers, and checkNumbers accepts them", () => {
		fc.assert(
			fc.property(fc.oneof(octets(20), high), octets(4), (request, word) => {
				const answer = answerNumbers(request, word);
				assert.deepEqual(Buffer.from(answer), expected(request, word));
				checkNumbers(request, answer);
			}),
		);
	});

	it("checkNumbers detects every wrong bit, and reports whether the sum or the XOR is wrong", () => {
		const request = new Uint8Array(20).map((_, i) => i * 29);
		for (let bit = 32; bit < 160; bit++) {
			const response = answerNumbers(request, new Uint8Array(4));
			response[bit >> 3]! ^= 1 << (bit & 7);
			assert.throws(() => checkNumbers(request, response), { reason: bit < 96 ? "wrong-sum" : "wrong-xor" });
		}
	});

	it("answerWord returns token XOR challenge XOR low32(sum) XOR low32(xor)", () => {
		fc.assert(
			fc.property(octets(20), octets(4), (request, word) => {
				const response = Buffer.from(answerNumbers(request, word));
				const answer =
					Buffer.from(request).readUInt32LE(0) ^
					response.readUInt32LE(0) ^
					response.readUInt32LE(4) ^
					response.readUInt32LE(12);
				assert.equal(Buffer.from(answerWord(request, response)).readInt32LE(0), answer);
			}),
		);
	});
});
