import assert from "node:assert/strict";
import type { Aead } from "../../../src/core/crypto.js";
import { nodeCrypto } from "../../../src/node/crypto.js";
import { checkCcm } from "../../../src/selftest/vectors.js";
import { ccmCrypto } from "../../helpers/crypto.js";
import { ccmTests } from "../../helpers/vectors.js";

const nonce = new Uint8Array(13);
const none = new Uint8Array(0);

for (const [name, crypto] of [
	["core/portable/ccm over CBC and CTR", ccmCrypto],
	["node/crypto", nodeCrypto],
] as const)
	describe(`AES-256-CCM: ${name}`, () => {
		for (const test of ccmTests)
			it(`Wycheproof ${test.tcId}: ${test.result} ${test.comment}`, () => {
				checkCcm(crypto, test);
			});

		const sealed = (aead: Aead, length: number) => {
			const box = new Uint8Array(16 + length).fill(7, 16);
			aead.seal(nonce, Uint8Array.of(5), box);
			return box;
		};

		it("refuses an empty text if any single bit of its tag is wrong", () => {
			const aead = crypto.aead(new Uint8Array(32));
			const tag = sealed(aead, 0);
			assert.ok(aead.open(nonce, Uint8Array.of(5), tag.slice()));
			for (let bit = 0; bit < 128; bit++) {
				const wrong = tag.slice();
				wrong[bit >> 3]! ^= 1 << (bit & 7);
				assert.equal(aead.open(nonce, Uint8Array.of(5), wrong), false, `bit ${bit}`);
			}
		});

		for (const length of [1, 15, 16, 17, 4096, 65_535])
			it(`opens what it sealed, and only with the same nonce and additional data: ${length} octets`, () => {
				const aead = crypto.aead(new Uint8Array(32).fill(3));
				const box = sealed(aead, length);
				assert.equal(
					aead.open(
						nonce.map(() => 1),
						Uint8Array.of(5),
						box.slice(),
					),
					false,
				);
				assert.equal(aead.open(nonce, Uint8Array.of(6), box.slice()), false);
				assert.equal(aead.open(nonce, none, box.slice()), false);
				assert.ok(aead.open(nonce, Uint8Array.of(5), box));
				assert.deepEqual(box.subarray(16), new Uint8Array(length).fill(7));
			});

		it("opens nothing once it is wiped", () => {
			const aead = crypto.aead(new Uint8Array(32).fill(3));
			const box = sealed(aead, 4);
			aead.wipe();
			const open = () => {
				if (!aead.open(nonce, Uint8Array.of(5), box)) throw new Error("not genuine");
			};
			assert.throws(open, /the key was wiped|not genuine/);
		});
	});

describe("AES-256-CCM: both implementations", () => {
	it("seal equally for texts and additional data of 0 to 49 octets", () => {
		const key = new Uint8Array(32).map((_, i) => i);
		const [ours, theirs] = [ccmCrypto.aead(key), nodeCrypto.aead(key)];
		for (let length = 0; length < 50; length++) {
			const plain = new Uint8Array(16 + length).map((_, i) => i);
			const boxes = [plain.slice(), plain.slice()] as const;
			ours.seal(nonce, plain.subarray(0, length), boxes[0]);
			theirs.seal(nonce, plain.subarray(0, length), boxes[1]);
			assert.deepEqual(boxes[0], boxes[1]);
		}
	});

	it("throw a RangeError, in core/portable/ccm, for sizes that CCM does not support", () => {
		const aead = ccmCrypto.aead(new Uint8Array(32));
		const box = new Uint8Array(16);
		for (const octets of [0, 6, 14]) assert.throws(() => aead.seal(new Uint8Array(octets), none, box), RangeError);
		assert.throws(() => aead.seal(nonce, new Uint8Array(0xff00), box), RangeError);
		assert.throws(() => aead.seal(nonce, none, new Uint8Array(15)), RangeError);
		assert.throws(() => aead.seal(nonce, none, new Uint8Array(16 + 0x10000)), RangeError);
		assert.doesNotThrow(() => aead.seal(nonce.subarray(1), none, new Uint8Array(16 + 0x10000)));
	});
});
