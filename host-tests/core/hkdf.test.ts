import assert from "node:assert/strict";
import { hkdfSync } from "node:crypto";
import type { Crypto } from "../../src/core/crypto.js";
import { expand } from "../../src/core/hkdf.js";
import { ascii } from "../../src/core/octets.js";
import { completed } from "../../src/core/portable/crypto.js";
import { nodeCrypto } from "../../src/node/crypto.js";
import { checkHkdf } from "../../src/selftest/vectors.js";
import { hex } from "../helpers/crypto.js";
import { hkdfTests } from "../helpers/vectors.js";

describe("HKDF-SHA256", () => {
	for (const test of hkdfTests)
		it(`Wycheproof ${test.tcId}: ${test.result} ${test.comment || `${test.size} octets`}`, () =>
			checkHkdf(nodeCrypto, test));

	it("RFC 5869 A.1 to A.3 are among them", () => {
		const okms = hkdfTests.map(({ okm }) => okm.slice(0, 16));
		for (const begin of ["3cb25f25faacd57a", "b11e398dc80327a1", "8da4e775a563c18f"]) assert.ok(okms.includes(begin));
	});

	it("RFC 5869 A.1: the pseudorandom key in between", () => {
		const prk = new Uint8Array(32);
		nodeCrypto.hkdf.extract(hex("000102030405060708090a0b0c"), new Uint8Array(22).fill(0x0b), prk);
		assert.deepEqual(prk, hex("077709362c2e32df0ddc3f0dc47bba6390b6c73bb50f9c3122ec844ad7c2b3e5"));
	});

	it("is right again behind a hash that has thrown", () => {
		const derive = (crypto: Crypto) => expand(crypto, new Uint8Array(32).fill(7), ascii("label"), 40);
		const before = derive(nodeCrypto);
		let calls = 0;
		const failing = completed({
			...nodeCrypto,
			sha256(octets, size, into, at) {
				if (++calls === 2) throw new Error("no memory");
				nodeCrypto.sha256(octets, size, into, at);
			},
		});
		assert.throws(() => derive(failing), /no memory/);
		assert.deepEqual(derive(nodeCrypto), before);
	});

	it("takes what is longer than its room", () => {
		for (const length of [0, 64, 65, 159, 160, 192, 193, 1000]) {
			const [salt, ikm, info] = [1, 2, 3].map((octet) => new Uint8Array(length).fill(octet)) as [
				Uint8Array,
				Uint8Array,
				Uint8Array,
			];
			const prk = new Uint8Array(32);
			nodeCrypto.hkdf.extract(salt, ikm, prk);
			const okm = expand(nodeCrypto, prk, info, 100);
			assert.deepEqual(Buffer.from(okm), Buffer.from(hkdfSync("sha256", ikm, salt, info.subarray(0, 1024), 100)));
		}
	});

	it("leaves no copy of what it derived with whoever hashes", () => {
		const hashed: Uint8Array[] = [];
		const crypto = completed({
			...nodeCrypto,
			sha256(octets, size, into, at) {
				hashed.push(octets.slice());
				nodeCrypto.sha256(octets, size, into, at);
			},
		});
		const okm = expand(crypto, new Uint8Array(32).fill(7), ascii("LightweightSecureTCP client"), 77);
		assert.ok(hashed.length > 0);
		for (const part of hashed) assert.notDeepEqual(part.subarray(0, 32), okm.subarray(0, 32));
	});
});
