import assert from "node:assert/strict";
import { newRecord, PacketType, suites } from "../../src/core/codec.js";
import type { Crypto } from "../../src/core/crypto.js";
import { Challenger, Responder } from "../../src/core/handshake.js";
import { Key } from "../../src/core/key.js";
import { copy, toHex } from "../../src/core/octets.js";
import { RandomSource } from "../../src/core/random.js";
import { SecureExchange } from "../../src/core/secure.js";
import { nodeCrypto } from "../../src/node/crypto.js";
import { newKeyPair } from "../../src/node/p256.js";
import { drawsOf, type SecureCase, scripted, secureChecks } from "../../src/selftest/vectors.js";
import { ccmCrypto, hex, text } from "../helpers/crypto.js";
import { converse, newKey, Side } from "../helpers/pair.js";
import { secureCases } from "../helpers/vectors.js";

for (const [name, crypto] of [
	["node/crypto", nodeCrypto],
	["core/portable/ccm", ccmCrypto],
] as const)
	describe(`secure profile, known answers: ${name}`, () => {
		const checks = secureChecks(crypto, newKeyPair, secureCases, true);

		it("there are three cases of suite 0x01 and two of suite 0x02", () => {
			assert.deepEqual(
				secureCases.map(({ suite }) => suite),
				[1, 1, 1, 2, 2],
			);
			assert.equal(checks.length, 5);
		});

		for (const { name, run } of checks) it(name, run).timeout(60_000);

		for (const [index, test] of secureCases.entries())
			it(`case ${index}: two connections exchange its packets, octet for octet`, () => {
				const { client, server } = sides(test, crypto);
				const [request] = client.pump().take();
				assert.equal(toHex(request!), test.request);
				const [response] = server.feed(request!).take();
				assert.equal(toHex(response!), test.response);
				const [success] = client.feed(response!).take();
				assert.equal(toHex(success!), test.success);
				const [confirmation] = server.feed(success!).take();
				assert.equal(toHex(confirmation!), test.records[0]!.wire);
				assert.ok(client.feed(confirmation!).established && server.established);
				assert.equal(client.connection.key!.id, test.keyId);
			});
	});

function sides(test: SecureCase, crypto: Crypto) {
	const keys = [new Key(hex(test.handshakeKey), crypto)];
	const context = text(test.context);
	const offered = Object.values(suites).filter(({ code }) => code === test.suite);
	const side = (role: "client" | "server") =>
		new Side(role, { crypto: scripted(crypto, drawsOf(role, test)), keys, context, suites: offered });
	return { client: side("client"), server: side("server") };
}

describe("secure profile", () => {
	it("with `offHeap`, packets are handed out as copies, which the receiver may open in place", () => {
		const key = newKey();
		const random = new RandomSource(nodeCrypto);
		const exchange = () => {
			const options = { crypto: nodeCrypto, random, keys: [key], suites: [suites.psk] };
			return new SecureExchange({ ...options, context: text("x"), offHeap: copy });
		};
		const [client, server] = [new Challenger(exchange(), random), new Responder(exchange(), random)];
		server.read(client.read(server.read(client.begin())!));
		const record = newRecord(PacketType.KeepAlive, 0);
		client.finish("client").write.seal(record, 1);
		assert.ok(server.finish("server").read.open(record, 1));
	});

	const exchange = (key: Key, context = "") =>
		new SecureExchange({
			crypto: nodeCrypto,
			random: new RandomSource(nodeCrypto),
			keys: [key],
			suites: [suites.psk],
			context: text(context),
		});

	it("a request opens only with the key and the context that it was sealed under", () => {
		const request = exchange(newKey(), "boiler-7").seal(PacketType.HandshakeRequest, new Uint8Array(20));
		const opens = (key: Key, context: string) =>
			exchange(key, context).open(PacketType.HandshakeRequest, request.slice());
		assert.equal(opens(newKey(), "boiler-7").length, 20);
		assert.throws(() => opens(newKey(), ""), { reason: "authentication-failed" });
		assert.throws(() => opens(newKey(), "boiler-8"), { reason: "authentication-failed" });
		assert.throws(() => opens(newKey(1), "boiler-7"), { reason: "unknown-key-id" });
	});

	it("a wiped key among a server's keys does not prevent a handshake with another", () => {
		const keys = [newKey(1), newKey(2)];
		const [client, server] = [new Side("client", { keys: [newKey(2)] }), new Side("server", { keys })];
		keys[0]!.wipe();
		converse(client, server);
		assert.ok(client.established && server.established);
	});

	it("a server selects its key by the request's key id, and the connection tells which it is", () => {
		const keys = [newKey(1), newKey(2), newKey(3)];
		for (const key of keys) {
			const [client, server] = [new Side("client", { keys: [key] }), new Side("server", { keys })];
			converse(client, server);
			assert.ok(client.established && server.established);
			assert.equal(server.connection.key!.id, key.id);
		}
	});

	it("the plaintext is wiped if sealing throws", () => {
		let box: Uint8Array | undefined;
		const aead = () => ({
			seal: (_nonce: Uint8Array, _additional: Uint8Array, room: Uint8Array) => {
				box = room;
				throw new Error("no memory");
			},
			open: () => false,
			wipe() {},
		});
		const failing = exchange(newKey(0x42, { ...nodeCrypto, aead }));
		assert.throws(() => failing.seal(PacketType.HandshakeRequest, new Uint8Array(20).fill(7)), /no memory/);
		assert.deepEqual(box, new Uint8Array(36));
	});
});
