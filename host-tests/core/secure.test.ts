import assert from "node:assert/strict";
import { encodeBundle } from "../../src/core/bundle.js";
import { newRecord, PacketType, payloadOffset, suites } from "../../src/core/codec.js";
import type { Crypto } from "../../src/core/crypto.js";
import { expand } from "../../src/core/hkdf.js";
import { Key } from "../../src/core/key.js";
import { join, toHex } from "../../src/core/octets.js";
import { RandomSource } from "../../src/core/random.js";
import { deriveRecords, RECORDS_PER_KEY } from "../../src/core/records.js";
import { SecureExchange } from "../../src/core/secure.js";
import { nodeCrypto } from "../../src/node/crypto.js";
import { ccmCrypto, hex, scripted, text } from "../helpers/crypto.js";
import { converse, newKey, Side } from "../helpers/pair.js";
import { type SecureCase, secureCases } from "../helpers/vectors.js";

const supported = secureCases.filter(({ suite }) => suite === suites.psk.code);

/** The record that a line of the vectors describes in words. */
function recordFor(what: string): Uint8Array {
	const message = (octets: Uint8Array) => {
		const record = newRecord(PacketType.RegularMessage, octets.length);
		record.set(octets, payloadOffset(PacketType.RegularMessage));
		return record;
	};
	if (what === "KeepAlive") return newRecord(PacketType.KeepAlive, 0);
	if (what === "RegularMessage of 0 octets") return message(new Uint8Array(0));
	if (what.startsWith("RegularMessage of 300")) return message(new Uint8Array(300).map((_, i) => i));
	if (what.startsWith("RegularMessage '")) return message(text(what.split("'")[1]!));
	if (what.startsWith("Bundle of 'hello'")) return encodeBundle([text("hello")], 64);
	if (what.startsWith("Bundle of 'one'")) return encodeBundle([text("one"), text(""), text("three")], 16);
	assert.equal(what, "Disconnect 2");
	const disconnect = newRecord(PacketType.Disconnect, 1);
	disconnect[17] = 2;
	return disconnect;
}

function sides(test: SecureCase, crypto: Crypto) {
	const { random } = test;
	const keys = [new Key(hex(test.handshakeKey), crypto)];
	const context = text(test.context);
	const draws = {
		client: [
			hex(random.token + random.number1 + random.number2),
			hex(random.N1),
			hex(random.sessionKey),
			hex(random.N3),
		],
		server: [hex(random.challenge), hex(random.N2)],
	};
	const side = (role: "client" | "server") =>
		new Side(role, { crypto: scripted(crypto, ...draws[role]), keys, context });
	return { client: side("client"), server: side("server") };
}

for (const [name, crypto] of [
	["node/crypto", nodeCrypto],
	["core/ccm", ccmCrypto],
] as const)
	describe(`secure profile, known answers: ${name}`, () => {
		it("the vectors have cases of the suites that there are", () => {
			assert.equal(supported.length, 3);
		});

		for (const [index, test] of supported.entries()) {
			it(`case ${index}: derives the sealing key`, () => {
				const sealing = expand(crypto, hex(test.handshakeKey), "LightweightSecureTCP handshake", 32);
				assert.equal(toHex(sealing), test.handshakeSealingKey);
			});

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
				assert.equal(client.connection.key.id, test.keyId);
			});

			it(`case ${index}: each record, the one behind the ratchet included, octet for octet`, () => {
				const transcript = crypto.sha256(hex(test.request), hex(test.response), hex(test.success));
				const { master } = new Key(hex(test.handshakeKey), crypto).schedule();
				const derive = (role: "client" | "server") =>
					deriveRecords(crypto, role, transcript, join(hex(test.random.sessionKey), master));
				const [client, server] = [derive("client"), derive("server")];
				let fromClient = 0;
				for (const { from, what, wire } of test.records) {
					const [writer, reader] = from === "client" ? [client, server] : [server, client];
					if (what.includes("after the ratchet"))
						for (; fromClient < RECORDS_PER_KEY; fromClient++) {
							const filler = newRecord(PacketType.KeepAlive, 0);
							writer.write.seal(filler, 1);
							assert.ok(reader.read.open(filler, 1));
						}
					else if (from === "client") fromClient++;
					const record = recordFor(what);
					const plain = record.slice();
					const header = record[0] === PacketType.RegularMessage || record[0] === PacketType.Bundle ? 3 : 1;
					writer.write.seal(record, header);
					assert.equal(toHex(record), wire, what);
					assert.ok(reader.read.open(record, header));
					assert.deepEqual(record.subarray(header + 16), plain.subarray(header + 16));
				}
			}).timeout(60_000);
		}
	});

describe("secure profile", () => {
	const exchange = (key: Key, context = "") =>
		new SecureExchange({
			crypto: nodeCrypto,
			random: new RandomSource(nodeCrypto),
			keys: [key],
			suites: [suites.psk],
			context: text(context),
			ownRequests: undefined,
		});

	it("a key and a context open only what was sealed under them", () => {
		const request = exchange(newKey(), "boiler-7").seal(PacketType.HandshakeRequest, new Uint8Array(20));
		const opens = (key: Key, context: string) =>
			exchange(key, context).open(PacketType.HandshakeRequest, request.slice());
		assert.equal(opens(newKey(), "boiler-7").length, 20);
		assert.throws(() => opens(newKey(), ""), { reason: "authentication-failed" });
		assert.throws(() => opens(newKey(), "boiler-8"), { reason: "authentication-failed" });
		assert.throws(() => opens(newKey(1), "boiler-7"), { reason: "unknown-key-id" });
	});

	it("a wiped key does not stand in the way of another", () => {
		const keys = [newKey(1), newKey(2)];
		const [client, server] = [new Side("client", { keys: [newKey(2)] }), new Side("server", { keys })];
		keys[0]!.wipe();
		converse(client, server);
		assert.ok(client.established && server.established);
	});

	it("a server picks among its keys by the request's key id, and the session tells which it was", () => {
		const keys = [newKey(1), newKey(2), newKey(3)];
		for (const key of keys) {
			const [client, server] = [new Side("client", { keys: [key] }), new Side("server", { keys })];
			converse(client, server);
			assert.ok(client.established && server.established);
			assert.equal(server.connection.key.id, key.id);
		}
	});
});
