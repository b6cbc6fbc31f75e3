import assert from "node:assert/strict";
import type { ConnectionOptions } from "../../src/core/actions.js";
import { PacketType, type Role, suites } from "../../src/core/codec.js";
import { SecureExchange, secureProfile } from "../../src/core/secure.js";
import { converse, newKey, Side } from "../helpers/pair.js";
import { Rogue } from "../helpers/rogue.js";

for (const suite of Object.values(suites))
	describe(`handshake, suite ${suite.name}: wiping`, () => {
		/** A side, which of its handshake's payloads still hold a secret, and the session key as it travelled. */
		function watched(role: Role) {
			const payloads: Uint8Array[] = [];
			let sessionKey = "";
			const watch = (type: PacketType, payload: Uint8Array) => {
				// Of a HandshakeSuccess the answer, before the session key, may be left: it is of use to nobody.
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

		it("wipes numbers and session key once there is a session", () => {
			const [client, server] = [watched("client"), watched("server")];
			converse(client.side, server.side);
			assert.ok(client.side.established && server.side.established);
			assert.notEqual(client.sessionKey(), String(new Uint8Array(32)));
			assert.equal(client.sessionKey(), server.sessionKey());
			assert.deepEqual(client.left(), [false, false, false]);
			assert.deepEqual(server.left(), [false, false, false]);
		});

		it("wipes a client's numbers if it gives up while it waits", () => {
			const client = watched("client");
			client.side.pump();
			assert.deepEqual(client.left(), [true]);
			client.side.connection.abort();
			assert.deepEqual(client.left(), [false]);
		});

		it("wipes a client's session key if its HandshakeSuccess never leaves", () => {
			const [client, rogue] = [watched("client"), new Rogue(newKey(), suite)];
			const response = rogue.response(client.side.pump().take()[0]!);
			client.side.feed(response, Uint8Array.of(5));
			assert.equal(client.side.failure?.reason, "unexpected-packet");
			assert.deepEqual(client.left(), [false, false, false]);
		});

		it("wipes a server's session key if the answer before it is wrong", () => {
			const [server, rogue] = [watched("server"), new Rogue(newKey(), suite)];
			const [response] = server.side.pump().feed(rogue.request()).take();
			server.side.feed(rogue.success(response!, (payload) => void (payload[0]! ^= 1)));
			assert.equal(server.side.failure?.reason, "wrong-answer");
			assert.deepEqual(server.left(), [false, false, false]);
		});
	});
