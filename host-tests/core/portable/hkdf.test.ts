import assert from "node:assert/strict";
import { hkdfSync } from "node:crypto";
import { expand } from "../../../src/core/hkdf.js";
import { ascii } from "../../../src/core/octets.js";
import { completeCrypto } from "../../../src/core/portable/crypto.js";
import { nodeCrypto } from "../../../src/node/crypto.js";
import { checkHkdf } from "../../../src/selftest/vectors.js";
import { hex } from "../../helpers/crypto.js";
import { hkdfTests } from "../../helpers/vectors.js";

describe("HKDF-SHA256", () => {
	for (const test of hkdfTests)
		it(`Wycheproof ${test.tcId}: ${test.result} ${test.comment || `${test.size} octets`}`, () =>
			checkHkdf(nodeCrypto, test));

	it("the vectors include RFC 5869, A.1 to A.3", () => {
		const okms = hkdfTests.map(({ okm }) => okm.slice(0, 16));
		for (const begin of ["3cb25f25faacd57a", "b11e398dc80327a1", "8da4e775a563c18f"]) assert.ok(okms.includes(begin));
	});

	it("extract returns the pseudorandom key of RFC 5869, A.1", () => {
		const prk = new Uint8Array(32);
		nodeCrypto.hkdf.extract(hex("000102030405060708090a0b0c"), new Uint8Array(22).fill(0x0b), prk);
		assert.deepEqual(prk, hex("077709362c2e32df0ddc3f0dc47bba6390b6c73bb50f9c3122ec844ad7c2b3e5"));
	});

	it("wipes its working memory, also if a hash throws, and derives correctly afterwards", () => {
		const rooms = new Set<Uint8Array>();
		let left = Number.POSITIVE_INFINITY;
		const crypto = completeCrypto({
			...nodeCrypto,
			sha256(octets, size, into, at) {
				if (left-- === 0) throw new Error("no memory");
				rooms.add(octets);
				nodeCrypto.sha256(octets, size, into, at);
			},
		});
		const key = new Uint8Array(32).fill(7);
		const derive = () => expand(crypto, key, ascii("label"), 77);
		const extract = () => crypto.hkdf.extract(key, key, new Uint8Array(32));
		const assertWiped = () => {
			for (const room of rooms) assert.ok(room.every((octet) => octet === 0));
		};
		const right = derive();
		assertWiped();
		extract();
		assertWiped();
		assert.ok(rooms.size > 0);
		for (const [work, hashes] of [
			[derive, 6],
			[extract, 2],
		] as const)
			for (let which = 0; which < hashes; which++) {
				left = which;
				assert.throws(work, /no memory/);
				assertWiped();
				left = Number.POSITIVE_INFINITY;
				assert.deepEqual(derive(), right);
			}
	});

	it("matches node:crypto for inputs that are longer than its working memory", () => {
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
});
