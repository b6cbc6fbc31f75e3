import assert from "node:assert/strict";
import {
	isHandshake,
	layouts,
	newRecord,
	PacketType,
	packetName,
	packetSize,
	type Role,
	suites,
} from "../../src/core/codec.js";
import type { HandshakeFailureReason } from "../../src/core/errors.js";
import { join } from "../../src/core/octets.js";
import { Registry } from "../../src/core/registry.js";
import { nodeCrypto } from "../../src/node/crypto.js";
import { text } from "../helpers/crypto.js";
import { converse, newKey, Side, type SideOptions } from "../helpers/pair.js";
import { Rogue } from "../helpers/rogue.js";

/** The side failed for `reason`: it sent nothing, asked for its connection to be closed at once, and has no session. */
function assertFailed(side: Side, reason: HandshakeFailureReason): void {
	assert.equal(side.failure?.reason, reason, side.failure?.message);
	assert.deepEqual(side.take(), [], "nothing is sent to say why");
	assert.deepEqual(side.of("close"), [{ type: "close", how: "now" }]);
	assert.equal(side.established, false);
	assert.deepEqual(side.messages, []);
	assert.ok(side.connection.closed);
	assert.equal(side.connection.deadline, Number.POSITIVE_INFINITY);
}

for (const suite of Object.values(suites)) {
	const { share } = suite;
	const [request, response] = [59 + share, 50 + share];
	const side = (role: Role, options: SideOptions = {}) => new Side(role, { suites: [suite], ...options });
	const newRogue = () => new Rogue(newKey(), suite);
	const sizeOf = (type: PacketType) => packetSize(type, layouts[type]!.payload as number, suite);

	/** A side brought to each state in which it waits for a packet. */
	const states = {
		"client waiting for HandshakeResponse": () => {
			const client = side("client").pump();
			client.take();
			return client;
		},
		"client waiting for the confirmation": () => {
			const [client, rogue] = [side("client").pump(), newRogue()];
			client.feed(rogue.response(client.take()[0]!));
			rogue.accept(client.take()[0]!);
			return client;
		},
		"server waiting for HandshakeRequest": () => side("server").pump(),
		"server waiting for HandshakeSuccess": () => {
			const server = side("server").pump();
			server.feed(newRogue().request());
			server.take();
			return server;
		},
	} as const;
	type State = keyof typeof states;

	const rightPacket: Record<State, number[]> = {
		"client waiting for HandshakeResponse": [PacketType.HandshakeResponse],
		"client waiting for the confirmation": [PacketType.KeepAlive, PacketType.Disconnect],
		"server waiting for HandshakeRequest": [PacketType.HandshakeRequest],
		"server waiting for HandshakeSuccess": [PacketType.HandshakeSuccess],
	};

	/** A packet of a type that has the right size, but was not sealed with the key. */
	function forged(type: number): Uint8Array {
		const packet = isHandshake(type)
			? new Uint8Array(sizeOf(type as PacketType))
			: newRecord(type as PacketType, type === 6 ? 1 : type === 5 ? 0 : 4);
		packet[0] = type;
		if (type === PacketType.HandshakeRequest) {
			packet[1] = suite.code;
			newKey().layId(packet, 2);
		}
		return packet;
	}

	describe(`handshake, suite ${suite.name}`, () => {
		it("establishes a session on both sides and reports its steps in the order of the wire", () => {
			const [client, server] = [side("client"), side("server")];
			converse(client, server);
			const told = (side: Side) =>
				side.actions.map((action) =>
					action.type === "step" ? `${action.step.direction} ${action.step.packet} ${action.step.size}` : action.type,
				);
			assert.deepEqual(told(client), [
				"write",
				`sent HandshakeRequest ${request}`,
				`received HandshakeResponse ${response}`,
				"write",
				"sent HandshakeSuccess 66",
				"received KeepAlive 17",
				"established",
			]);
			assert.deepEqual(told(server), [
				`received HandshakeRequest ${request}`,
				"write",
				`sent HandshakeResponse ${response}`,
				"received HandshakeSuccess 66",
				"write",
				"sent KeepAlive 17",
				"established",
			]);
			assert.equal(client.connection.counts.octetsSent, request + 66);
			assert.equal(client.connection.counts.octetsReceived, response + 17);
			assert.equal(client.connection.counts.packetsSent + client.connection.counts.packetsReceived, 4);
		});

		it("works with Node.js Buffers, whose slice() returns a view", () => {
			const [client, server] = [side("client").pump(), side("server").pump()];
			const buffers = (side: Side) => Buffer.concat(side.take());
			const hand = (side: Side, octets: Buffer) => {
				side.connection.receive(octets);
				side.pump();
			};
			for (let round = 0; round < 2; round++) {
				hand(server, buffers(client));
				hand(client, buffers(server));
			}
			assert.ok(client.established && server.established);
		});

		it("works when octets arrive one at a time", () => {
			const [client, server] = [side("client").pump(), side("server").pump()];
			for (let round = 0; round < 4; round++) {
				for (const packet of client.take()) for (const octet of packet) server.feed(Uint8Array.of(octet));
				for (const packet of server.take()) for (const octet of packet) client.feed(Uint8Array.of(octet));
			}
			assert.ok(client.established && server.established);
		});

		for (const [name, reach] of Object.entries(states))
			describe(name, () => {
				for (const type of [1, 2, 3, 4, 5, 6, 7]) {
					const due = rightPacket[name as State].includes(type);
					const reason = due ? "authentication-failed" : "unexpected-packet";

					it(`fails on a forged ${packetName(type)}: ${reason}`, () => {
						const side = reach();
						side.actions.length = 0;
						assertFailed(side.feed(forged(type)), reason);
					});

					if (!due)
						it(`fails on ${packetName(type)} at its first octet`, () => {
							const side = reach();
							side.actions.length = 0;
							assertFailed(side.feed(Uint8Array.of(type)), "unexpected-packet");
						});
				}

				it("fails on an unknown packet type", () => {
					for (const octet of [0x00, 0x08, 0x16, 0x47, 0xff]) {
						const side = reach();
						side.actions.length = 0;
						assertFailed(side.feed(Uint8Array.of(octet)), "malformed-packet");
					}
				});

				it("times out at its deadline even if octets keep trickling in", () => {
					const side = reach();
					side.actions.length = 0;
					const [packet] = [forged(rightPacket[name as State][0]!)];
					for (let second = 0; second < 9; second++) side.advance(1000).feed(packet!.subarray(second, second + 1));
					assert.equal(side.failure, undefined);
					side.advance(999);
					assert.equal(side.failure, undefined, "9,999 ms");
					assertFailed(side.advance(1), "timeout");
				});

				it("fails when the peer closes the connection, also in the middle of a packet", () => {
					for (const length of [0, 1, 12]) {
						const side = reach();
						side.actions.length = 0;
						side.feed(forged(rightPacket[name as State][0]!).subarray(0, length));
						side.connection.inputEnd(0);
						assertFailed(side.pump(), "closed-by-peer");
					}
				});

				it("fails as aborted on abort and on close", () => {
					for (const give of [
						(side: Side) => side.connection.abort(),
						(side: Side) => side.connection.close("done", 0),
					]) {
						const side = reach();
						side.actions.length = 0;
						give(side);
						assertFailed(side.pump(), "aborted");
					}
				});
			});

		describe("a bit flip in any octet", () => {
			const flipped = (packet: Uint8Array, index: number) => {
				const copy = packet.slice();
				copy[index]! ^= 1 << (index & 7);
				return copy;
			};
			/** A side that still waits for octets reaches its deadline. */
			const settle = (side: Side) => (side.connection.closed ? side : side.advance(10_000));

			it("of HandshakeRequest: the server fails and sends no response", () => {
				for (let i = 0; i < sizeOf(PacketType.HandshakeRequest); i++) {
					const server = settle(side("server").feed(flipped(newRogue().request(), i)));
					const reasons = ["unexpected-packet", "unsupported-suite"] as const;
					assertFailed(server, reasons[i] ?? (i < 10 ? "unknown-key-id" : "authentication-failed"));
				}
			});

			it("of HandshakeResponse: the client fails and sends no session key", () => {
				for (let i = 0; i < sizeOf(PacketType.HandshakeResponse); i++) {
					const client = side("client").pump();
					const response = newRogue().response(client.take()[0]!);
					client.actions.length = 0;
					assertFailed(client.feed(flipped(response, i)), i === 0 ? "unexpected-packet" : "authentication-failed");
				}
			});

			it("of HandshakeSuccess: the server fails and sends no confirmation", () => {
				for (let i = 0; i < sizeOf(PacketType.HandshakeSuccess); i++) {
					const [server, rogue] = [side("server").pump(), newRogue()];
					const success = rogue.success(server.feed(rogue.request()).take()[0]!);
					server.actions.length = 0;
					assertFailed(server.feed(flipped(success, i)), i === 0 ? "unexpected-packet" : "authentication-failed");
				}
			});

			it("of the confirming KeepAlive: the client fails", () => {
				for (let i = 0; i < 17; i++) {
					const [client, rogue] = [side("client").pump(), newRogue()];
					client.feed(rogue.response(client.take()[0]!));
					rogue.accept(client.take()[0]!);
					client.actions.length = 0;
					assertFailed(
						client.feed(flipped(rogue.record(PacketType.KeepAlive), i)),
						i === 0 ? "unexpected-packet" : "authentication-failed",
					);
				}
			});
		});

		describe("correctly sealed packets with wrong content", () => {
			for (const [what, offset, reason] of [
				["sum", 4, "wrong-sum"],
				["last octet of the sum", 11, "wrong-sum"],
				["XOR", 12, "wrong-xor"],
				["last octet of the XOR", 19, "wrong-xor"],
			] as const)
				it(`the client rejects a wrong ${what}`, () => {
					const client = side("client").pump();
					const response = newRogue().response(client.take()[0]!, (payload) => void (payload[offset]! ^= 1));
					client.actions.length = 0;
					assertFailed(client.feed(response), reason);
				});

			for (let octet = 0; octet < 4; octet++)
				it(`the server rejects an answer that is wrong in octet ${octet}`, () => {
					const [server, rogue] = [side("server").pump(), newRogue()];
					const [response] = server.feed(rogue.request()).take();
					const success = rogue.success(response!, (payload) => void (payload[octet]! ^= 0x10));
					server.actions.length = 0;
					assertFailed(server.feed(success), "wrong-answer");
				});

			it("the client accepts only a KeepAlive or Disconnect(6) as the server's first record", () => {
				const first = (type: PacketType, plain?: Uint8Array) => {
					const [client, rogue] = [side("client").pump(), newRogue()];
					client.feed(rogue.response(client.take()[0]!));
					rogue.accept(client.take()[0]!);
					client.actions.length = 0;
					return client.feed(rogue.record(type, plain));
				};
				assert.ok(first(PacketType.KeepAlive).established);
				assertFailed(first(PacketType.RegularMessage, text("hello")), "unexpected-packet");
				assertFailed(first(PacketType.Bundle, new Uint8Array(2)), "unexpected-packet");
				for (const reason of [0, 1, 2, 3, 4, 5, 7, 255]) {
					const client = first(PacketType.Disconnect, Uint8Array.of(reason));
					client.actions.splice(
						0,
						client.actions.findIndex(({ type }) => type !== "step"),
					);
					assertFailed(client, "unexpected-packet");
				}
				const full = first(PacketType.Disconnect, Uint8Array.of(6));
				assertFailed(full, "no-capacity");
			});
		});

		describe("order of packets", () => {
			it("octets behind the request fail the server if they arrive before it has sent the response", () => {
				for (const extra of [Uint8Array.of(4), newRogue().request()]) {
					const server = side("server").pump();
					assertFailed(server.feed(newRogue().request(), extra), "unexpected-packet");
				}
			});

			it("octets behind the response fail the client if they arrive before it has sent HandshakeSuccess", () => {
				const client = side("client").pump();
				const response = newRogue().response(client.take()[0]!);
				client.actions.length = 0;
				assertFailed(client.feed(response, Uint8Array.of(5)), "unexpected-packet");
			});

			it("records directly behind HandshakeSuccess are delivered after the session is reported", () => {
				const [server, rogue] = [side("server").pump(), newRogue()];
				const success = rogue.success(server.feed(rogue.request()).take()[0]!);
				server.feed(
					success,
					rogue.record(PacketType.RegularMessage, text("early")),
					rogue.record(PacketType.KeepAlive),
				);
				assert.deepEqual(server.texts, ["early"]);
				const types = server.actions.map(({ type }) => type);
				assert.ok(types.indexOf("established") < types.indexOf("deliver"));
				assert.ok(types.lastIndexOf("write") < types.indexOf("established"), "the confirmation is sent first");
			});

			it("records behind a HandshakeSuccess that does not open are ignored", () => {
				const [server, rogue] = [side("server").pump(), newRogue()];
				const success = rogue.success(server.feed(rogue.request()).take()[0]!);
				success[40]! ^= 1;
				server.actions.length = 0;
				assertFailed(
					server.feed(success, rogue.record(PacketType.RegularMessage, text("early"))),
					"authentication-failed",
				);
			});

			it("messages that a client sends during the handshake leave together with HandshakeSuccess", () => {
				const [client, server] = [side("client"), side("server")];
				client.connection.send(text("one"));
				client.pump();
				client.connection.send(text("two"));
				server.feed(...client.take());
				client.feed(...server.take());
				const sent = client.take();
				assert.equal(sent.length, 2, "HandshakeSuccess and a bundle");
				assert.equal(client.established, false);
				server.feed(join(...sent));
				assert.deepEqual(server.texts, ["one", "two"]);
			});
		});

		describe("own request", () => {
			const sides = (client: SideOptions, server: SideOptions) => ({
				client: side("client", client),
				server: side("server", server),
			});

			it("is refused by a server of the same program, also if its Key is another object", () => {
				const registry = new Registry();
				const { client, server } = sides({ registry }, { registry, keys: [newKey()] });
				server.feed(...client.pump().take());
				assertFailed(server, "own-request");
			});

			it("is answered with allowSelfConnection", () => {
				const registry = new Registry();
				const { client, server } = sides({ registry }, { registry, allowSelfConnection: true });
				converse(client, server);
				assert.ok(client.established && server.established);
			});

			it("is answered once that client's connection is closed", () => {
				const registry = new Registry();
				const { client, server } = sides({ registry }, { registry });
				const [request] = client.pump().take();
				client.connection.abort();
				client.pump();
				server.feed(request!);
				assert.equal(server.failure, undefined);
				assert.equal(server.take().length, 1);
			});

			it("is still refused while that client is in session", () => {
				const registry = new Registry();
				const { client, server } = sides({ registry }, {});
				const [request] = client.pump().take();
				const copy = request!.slice();
				server.feed(request!);
				converse(client, server);
				client.feed(...server.take());
				assert.ok(client.established);
				assertFailed(side("server", { registry }).feed(copy), "own-request");
			});
		});

		it("fails on both sides if their keys, contexts or suites differ", () => {
			const fail = (client: SideOptions, server: SideOptions, reason: HandshakeFailureReason) => {
				const [c, s] = [side("client", client).pump(), side("server", server).pump()];
				assertFailed(s.feed(...c.take()), reason);
				c.actions.length = 0;
				c.connection.inputEnd(0);
				assertFailed(c.pump(), "closed-by-peer");
			};
			fail({ keys: [newKey(1)] }, {}, "unknown-key-id");
			fail({ context: text("boiler-7") }, { context: text("boiler-8") }, "authentication-failed");
			fail({ suites: Object.values(suites).filter((one) => one !== suite) }, {}, "unsupported-suite");
		});

		it("fails at HandshakeSuccess if a recorded client is replayed to a server", () => {
			const [client, server] = [side("client"), side("server")];
			const sent: Uint8Array[] = [];
			for (let i = 0; i < 2; i++) {
				const packets = client.pump().take();
				sent.push(...packets.map((packet) => packet.slice()));
				client.feed(...server.feed(...packets).take());
			}
			assert.ok(server.established || client.established);
			const victim = side("server").feed(sent[0]!);
			assert.equal(victim.take().length, 1);
			victim.actions.length = 0;
			assertFailed(victim.feed(sent[1]!), "authentication-failed");
		});

		it("fails on a client whose own request is reflected to it", () => {
			const client = side("client").pump();
			const [request] = client.take();
			client.actions.length = 0;
			assertFailed(client.feed(request!), "unexpected-packet");
		});

		it("fails as no-capacity on both sides, with a Disconnect, if the server has no room for a session", () => {
			const [client, server] = [side("client"), side("server", { server: { full: true } })];
			converse(client, server);
			assert.equal(client.failure?.reason, "no-capacity");
			assert.equal(server.failure?.reason, "no-capacity");
			assert.deepEqual(server.of("close"), [{ type: "close", how: "refused" }]);
			assert.ok(!client.established && !server.established);
		});

		it("fails as random-source on either side if the random source throws", () => {
			const random = () => {
				throw new Error("no radio");
			};
			const client = side("client", { crypto: { ...nodeCrypto, random } });
			assertFailed(client.pump(), "random-source");
			assertFailed(side("server", { crypto: { ...nodeCrypto, random } }).feed(newRogue().request()), "random-source");
		});

		it("fails as internal-error if the crypto throws", () => {
			const sha256 = () => {
				throw new Error("broken");
			};
			const key = newKey();
			assert.ok(key.id);
			const server = side("server", { keys: [key], crypto: { ...nodeCrypto, sha256 } });
			assertFailed(server.feed(newRogue().request()), "internal-error");
		});
	});
}
