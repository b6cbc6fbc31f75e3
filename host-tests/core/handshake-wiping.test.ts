import assert from "node:assert/strict";
import type { ConnectionOptions } from "../../src/core/actions.js";
import { PacketType, type Role, suites } from "../../src/core/codec.js";
import { SecureExchange, secureProfile } from "../../src/core/secure.js";
import { converse, newKey, Side } from "../helpers/pair.js";
import { Rogue } from "../helpers/rogue.js";

for (const suite of Object.values(suites))
	describe(`handshake, suite ${suite.name}: wiping`, () => {
		/** A side, which of its handshake payloads are not wiped yet, and the session key that was exchanged. */
		function watched(role: Role) {
			const payloads: Uint8Array[] = [];
			let sessionKey = "";
			const watch = (type: PacketType, payload: Uint8Array) => {
				// The answer, in front of the session key in HandshakeSuccess, may remain: it is useless to an attacker.
				payloads.push(type === PacketType.HandshakeSuccess ? payload.subarray(4) : payload);
				if (type === PacketType.HandshakeSuccess) sessionKey = String(payload.subarray(4));
				return payload;
			};
			class Watched extends SecureExchange {
				override seal(type: PacketType, payload: Uint8Array): Uint8Array {
					return super.seal(type, watch(type, payload));
				}

				override open(type: PacketType, packet: Uint8Array): Uint8Array {
					return watch(type, super.open(type, packet));
				}
			}
			const profile = { ...secureProfile, exchange: (options: ConnectionOptions) => new Watched(options) };
			const side = new Side(role, { suites: [suite], profile });
			return { side, left: () => payloads.map((payload) => payload.some(Boolean)), sessionKey: () => sessionKey };
		}

		it("both sides wipe the numbers and the session key once the session is established", () => {
			const [client, server] = [watched("client"), watched("server")];
			converse(client.side, server.side);
			assert.ok(client.side.established && server.side.established);
			assert.notEqual(client.sessionKey(), String(new Uint8Array(32)));
			assert.equal(client.sessionKey(), server.sessionKey());
			assert.deepEqual(client.left(), [false, false, false]);
			assert.deepEqual(server.left(), [false, false, false]);
		});

		it("a client that aborts while it waits for the response wipes its numbers", () => {
			const client = watched("client");
			client.side.pump();
			assert.deepEqual(client.left(), [true]);
			client.side.connection.abort();
			assert.deepEqual(client.left(), [false]);
		});

		it("a client that fails before it sends HandshakeSuccess wipes the session key", () => {
			const [client, rogue] = [watched("client"), new Rogue(newKey(), suite)];
			const response = rogue.response(client.side.pump().take()[0]!);
			client.side.feed(response, Uint8Array.of(5));
			assert.equal(client.side.failure?.reason, "unexpected-packet");
			assert.deepEqual(client.left(), [false, false, false]);
		});

		it("a server that receives a wrong answer wipes the session key that came with it", () => {
			const [server, rogue] = [watched("server"), new Rogue(newKey(), suite)];
			const [response] = server.side.pump().feed(rogue.request()).take();
			server.side.feed(rogue.success(response!, (payload) => void (payload[0]! ^= 1)));
			assert.equal(server.side.failure?.reason, "wrong-answer");
			assert.deepEqual(server.left(), [false, false, false]);
		});
	});
