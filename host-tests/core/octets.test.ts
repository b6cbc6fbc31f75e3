import assert from "node:assert/strict";
import { ascii, equalInConstantTime, fromHex, join, toHex, wipe } from "../../src/core/octets.js";

describe("octets", () => {
	it("fromHex reads either case and refuses anything else; toHex writes lower case", () => {
		assert.equal(toHex(fromHex("00fFA5") ?? new Uint8Array()), "00ffa5");
		assert.deepEqual(fromHex(""), new Uint8Array(0));
		for (const wrong of ["0", "0g", "0x00", " 00", "00 "]) assert.equal(fromHex(wrong), undefined, wrong);
	});

	it("join concatenates its parts", () => {
		assert.deepEqual(join(ascii("a"), new Uint8Array(0), ascii("bc")), ascii("abc"));
	});

	it("equalInConstantTime finds every difference in content and length", () => {
		const one = ascii("0123456789abcdef");
		assert.ok(equalInConstantTime(one, one.slice()));
		for (let i = 0; i < one.length; i++) {
			const other = one.slice();
			other[i]! ^= 0x80;
			assert.equal(equalInConstantTime(one, other), false);
		}
		const [longer, shorter] = [join(one, new Uint8Array(1)), one.subarray(0, -1)];
		for (const other of [longer, shorter, one.subarray(1)]) {
			assert.equal(equalInConstantTime(one, other), false);
			assert.equal(equalInConstantTime(other, one), false);
		}
		assert.equal(equalInConstantTime(new Uint8Array(0), new Uint8Array(1)), false);
	});

	it("wipe overwrites octets with zeros and ignores undefined", () => {
		const secret = ascii("secret");
		wipe(secret, undefined);
		assert.deepEqual(secret, new Uint8Array(6));
	});
});
