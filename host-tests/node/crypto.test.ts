import assert from "node:assert/strict";
import { randomBytes } from "node:crypto";
import { nodeCrypto } from "../../src/node/crypto.js";
import { ccmCrypto } from "../helpers/crypto.js";

describe("AES-256-CCM on Node.js", () => {
	it("is the same for short texts, by contexts that live on, and for long ones, in any order", () => {
		const key = randomBytes(32);
		const [own, other] = [nodeCrypto.aead(key), ccmCrypto.aead(key)];
		for (let i = 0; i < 3_000; i++) {
			const nonce = randomBytes(13);
			const additional = randomBytes(((i * 3) % 330) + 1);
			const box = new Uint8Array(16 + ((i * 7) % 400));
			box.set(randomBytes(box.length - 16), 16);
			const text = box.slice(16);
			const expected = box.slice();
			other.seal(nonce, additional, expected);
			own.seal(nonce, additional, box);
			assert.deepEqual(box, expected, `sealed, ${text.length} octets`);
			const wrong = box.slice();
			wrong[i % wrong.length]! ^= 1 << (i % 8);
			assert.ok(!own.open(nonce, additional, wrong), "a wrong bit");
			assert.ok(
				wrong.subarray(16).every((octet) => octet === 0),
				"wiped",
			);
			assert.ok(own.open(nonce, additional, box));
			assert.deepEqual(box.subarray(16), text);
		}
	});

	it("a KeepAlive whose tag is wrong does not open", () => {
		const aead = nodeCrypto.aead(randomBytes(32));
		const [nonce, additional] = [randomBytes(13), Uint8Array.of(5)];
		for (let bit = 0; bit < 128; bit++) {
			const box = new Uint8Array(16);
			aead.seal(nonce, additional, box);
			box[bit >> 3]! ^= 1 << (bit & 7);
			assert.ok(!aead.open(nonce, additional, box));
		}
	});
});
