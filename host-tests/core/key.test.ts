import assert from "node:assert/strict";
import { inspect } from "node:util";
import { toHex } from "../../src/core/octets.js";
import { original } from "../../src/core/original/original.js";
import { nodeCrypto } from "../../src/node/crypto.js";
import { Key } from "../../src/node/key.js";
import { hex } from "../helpers/crypto.js";
import { newKey, Side } from "../helpers/pair.js";
import { secureCases } from "../helpers/vectors.js";

describe("key", () => {
	for (const { handshakeKey, keyId } of secureCases)
		it(`has the id that the test vectors state: ${keyId}`, () => {
			assert.equal(Key.fromHex(handshakeKey).id, keyId);
			assert.equal(new Key(hex(handshakeKey)).id, keyId);
		});

	it("is the same whether made from hex, from the C++ library's words or from octets", () => {
		const words = [0x12345678, 0x9abcdef0, 0x13572468, 0xacebdf01, 0x11223344, 0x55667788, 0x99aabbcc, 0xddeeff00];
		const digits = "78563412f0debc9a6824571301dfebac4433221188776655ccbbaa9900ffeedd";
		assert.ok(Key.fromWords(words).equals(Key.fromHex(`  ${digits.toUpperCase()}\n`)));
		assert.ok(Key.fromWords(Uint32Array.from(words)).equals(new Key(hex(digits))));
		assert.equal(Key.fromHex(digits).equals(Key.fromHex(digits.replace("7", "6"))), false);
	});

	it("randomOctets returns 32 octets that differ between calls", () => {
		const [one, other] = [Key.randomOctets(), Key.randomOctets()];
		assert.equal(one.length, 32);
		assert.notDeepEqual(one, other);
	});

	it("throws an error that fits each kind of invalid input", () => {
		assert.throws(() => new Key(new Uint8Array(31)), { code: "LST_RANGE" });
		assert.throws(() => new Key("00" as never), { code: "LST_TYPE" });
		assert.throws(() => Key.fromHex("00".repeat(31)), /62 characters/);
		assert.throws(() => Key.fromHex("0g".repeat(32)), /not all of them hex/);
		assert.throws(() => Key.fromHex(7 as never), { code: "LST_TYPE" });
		assert.throws(() => Key.fromWords([1, 2, 3]), { code: "LST_RANGE" });
		assert.throws(() => Key.fromWords([0, 0, 0, 0, 0, 0, 0, -1]), { code: "LST_RANGE" });
		assert.throws(() => Key.fromWords([0, 0, 0, 0, 0, 0, 0, 2 ** 32]), { code: "LST_RANGE" });
		assert.throws(() => Key.fromWords(["0", 0, 0, 0, 0, 0, 0, 0] as never), { code: "LST_TYPE" });
		assert.throws(() => Key.fromWords(undefined as never), { code: "LST_TYPE" });
		assert.throws(() => new Key(Key.randomOctets()).equals("00" as never), { code: "LST_TYPE" });
	});

	it("shows its id and not its octets, as a string, in JSON and when inspected", () => {
		const octets = Key.randomOctets();
		const key = new Key(octets);
		for (const shown of [String(key), inspect(key, { depth: 9, showHidden: true }), JSON.stringify({ key })]) {
			assert.ok(!shown.includes(toHex(octets)));
			assert.ok(shown.includes(key.id));
		}
	});

	it("copies its octets, and once wiped equals no key and throws LST_KEY_WIPED", () => {
		const octets = Buffer.from(Key.randomOctets());
		const key = new Key(octets);
		const same = new Key(new Uint8Array(octets));
		octets.fill(0);
		assert.ok(key.equals(same));
		key.wipe();
		const zeros = new Key(new Uint8Array(32));
		for (const other of [same, zeros]) assert.ok(!key.equals(other) && !other.equals(key));
		assert.throws(() => key.handshakeCipher, { name: "LightweightSecureError", code: "LST_KEY_WIPED" });
		assert.equal(String(key), "Key (wiped)");
	});

	it("keeps its id after wipe only if the id was read before", () => {
		const [asked, not] = [new Key(Key.randomOctets()), new Key(Key.randomOctets())];
		const { id } = asked;
		asked.wipe();
		not.wipe();
		assert.equal(asked.id, id);
		assert.throws(() => not.id, { code: "LST_KEY_WIPED" });
	});

	const unprotected = { profile: original(), suites: [], maxMessage: 65_528, maxBundle: 0 };
	for (const [profile, challenger, options] of [
		["secure", "client", {}],
		["original", "server", unprotected],
	] as const)
		it(`that is wiped fails a handshake of the ${profile} profile before anything is sent`, () => {
			const key = newKey();
			const side = new Side(challenger, { ...options, keys: [key] });
			key.wipe();
			assert.equal(side.pump().failure?.reason, "internal-error");
			assert.deepEqual(side.take(), []);
			assert.throws(() => key.octets, { code: "LST_KEY_WIPED" });
		});

	it("wipes its cipher once when it is wiped", () => {
		let wiped = 0;
		const aead = () => ({ seal() {}, open: () => false, wipe: () => void wiped++ });
		const key = newKey(5, { ...nodeCrypto, aead });
		assert.ok(key.handshakeCipher);
		key.wipe();
		key.wipe();
		assert.equal(wiped, 1);
	});
});
