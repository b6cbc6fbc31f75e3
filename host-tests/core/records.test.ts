import assert from "node:assert/strict";
import { newRecord, PacketType } from "../../src/core/codec.js";
import { expand } from "../../src/core/hkdf.js";
import { ascii } from "../../src/core/octets.js";
import { completeCrypto } from "../../src/core/portable/crypto.js";
import { Direction } from "../../src/core/portable/direction.js";
import { deriveRecords, RECORDS_PER_KEY } from "../../src/core/records.js";
import { nodeCrypto } from "../../src/node/crypto.js";
import { ccmCrypto } from "../helpers/crypto.js";

const keys = () => new Uint8Array(77).map((_, i) => i);
const direction = (crypto = nodeCrypto) => new Direction(crypto, keys());
const keepAlive = () => newRecord(PacketType.KeepAlive, 0);

describe("records", () => {
	it("a read direction opens, in order, what the peer's write direction has sealed", () => {
		const [write, read] = [direction(), direction(ccmCrypto)];
		for (let i = 0; i < 300; i++) {
			const record = newRecord(PacketType.RegularMessage, i).fill(i, 19);
			write.seal(record, 3);
			assert.ok(read.open(record, 3));
			assert.deepEqual(record.subarray(19), new Uint8Array(i).fill(i));
		}
	});

	it("the two directions of a session have different keys: a reflected record does not open", () => {
		const derive = (role: "client" | "server") =>
			deriveRecords(nodeCrypto, role, new Uint8Array(32), new Uint8Array(64).fill(9));
		const [client, server] = [derive("client"), derive("server")];
		const sealed = keepAlive();
		client.write.seal(sealed, 1);
		assert.ok(!client.read.open(sealed.slice(), 1), "reflected");
		assert.ok(server.read.open(sealed, 1));
	});

	it("deriveRecords wipes the secrets that the keys are derived from", () => {
		const secrets = new Uint8Array(64).fill(9);
		deriveRecords(nodeCrypto, "client", new Uint8Array(32), secrets);
		assert.deepEqual(secrets, new Uint8Array(64));
	});

	it("deriveRecords wipes the secrets, all keys and the first direction if the second cannot be created", () => {
		const secrets = new Uint8Array(64).fill(9);
		const given: Uint8Array[] = [];
		const made: Direction[] = [];
		const crypto = {
			...nodeCrypto,
			direction(keys: Uint8Array) {
				given.push(keys);
				if (given.length === 2) throw new Error("no memory for a key");
				made.push(new Direction(nodeCrypto, keys));
				return made[0]!;
			},
		};
		assert.throws(() => deriveRecords(crypto, "client", new Uint8Array(32), secrets), /no memory/);
		for (const octets of [secrets, ...given]) assert.ok(octets.every((octet) => octet === 0));
		assert.throws(() => made[0]!.seal(keepAlive(), 1), /wiped/);
	});

	it("a ratchet that fails leaves no key, so that no nonce is used twice", () => {
		let failing = false;
		const crypto = completeCrypto({
			...nodeCrypto,
			sha256(octets, size, into, at) {
				if (failing) throw new Error("no hash");
				nodeCrypto.sha256(octets, size, into, at);
			},
		});
		const write = direction(crypto);
		for (let i = 0; i < RECORDS_PER_KEY - 1; i++) write.seal(keepAlive(), 1);
		failing = true;
		assert.throws(() => write.seal(keepAlive(), 1), /no hash/);
		failing = false;
		assert.throws(() => write.seal(keepAlive(), 1), /no key/);
		assert.throws(() => write.sealing(keepAlive(), 1, 16).next(), /no key/);
	}).timeout(60_000);

	it("both sides ratchet to the documented key after 65,536 records, and replays of earlier ones do not open", () => {
		const [write, read] = [direction(), direction()];
		// Derived independently from docs/protocol.md: the key in force from record 65,536 (counted from 0) on.
		const next = new Direction(
			nodeCrypto,
			expand(nodeCrypto, keys().subarray(45), ascii("LightweightSecureTCP ratchet"), 77),
		);
		const sealed: Uint8Array[] = [];
		for (let i = 0; i < RECORDS_PER_KEY + 2; i++) {
			const record = keepAlive();
			write.seal(record, 1);
			if (i >= RECORDS_PER_KEY - 2) sealed.push(record.slice());
			if (i >= RECORDS_PER_KEY) assert.ok(next.open(record.slice(), 1), `record ${i} under the next key`);
			else if (i === RECORDS_PER_KEY - 1) assert.ok(!next.open(record.slice(), 1), "the last under the first key");
			assert.ok(read.open(record, 1), `record ${i}`);
		}
		assert.equal(RECORDS_PER_KEY, 65_536);
		for (const record of sealed) assert.ok(!read.open(record.slice(), 1), "replayed after the ratchet");
	}).timeout(60_000);
});
