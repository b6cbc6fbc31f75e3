import assert from "node:assert/strict";
import fc from "fast-check";
import type { Action } from "../../src/core/actions.js";
import { PacketType } from "../../src/core/codec.js";
import { join } from "../../src/core/octets.js";
import { completeCrypto } from "../../src/core/portable/crypto.js";
import { nodeCrypto } from "../../src/node/crypto.js";
import { text } from "../helpers/crypto.js";
import { assertEnded, rogueSession } from "../helpers/ends.js";
import { converse, sessionPair } from "../helpers/pair.js";

describe("connection", () => {
	describe("messages", () => {
		it("arrive both ways, whole and in order, whatever their sizes", () => {
			const { client, server } = sessionPair();
			const messages = [0, 1, 15, 16, 17, 300, 65_535, 0].map((length, i) => new Uint8Array(length).fill(i + 1));
			for (const message of messages) {
				client.connection.send(message);
				server.connection.send(message);
			}
			converse(client, server);
			assert.deepEqual(server.messages, messages);
			assert.deepEqual(client.messages, messages);
			assert.equal(client.connection.counts.messagesSent, 8);
			assert.equal(server.connection.counts.messagesReceived, 8);
			assert.equal(client.connection.counts.octetsSent, server.connection.counts.octetsReceived);
		});

		it("arrive whole and in order however the stream is split, bundled and padded", () => {
			const message = fc.uint8Array({ maxLength: 200 });
			const options = fc.record({ maxBundle: fc.constantFrom(0, 64, 1024), padTo: fc.constantFrom(0, 16, 100) });
			fc.assert(
				fc.property(
					fc.array(message, { maxLength: 30 }),
					fc.array(fc.nat(), { maxLength: 30 }),
					options,
					(messages, cuts, given) => {
						const { client, server } = sessionPair(given);
						for (const one of messages) client.connection.send(one);
						const octets = join(...client.pump().take());
						const borders = [0, ...cuts.map((cut) => cut % (octets.length + 1)).sort((a, b) => a - b), octets.length];
						borders.slice(1).forEach((end, i) => void server.feed(octets.slice(borders[i], end)));
						assert.deepEqual(server.messages, messages);
					},
				),
				{ numRuns: 200 },
			);
		});

		it("that are queued while the network is blocked leave in one Bundle", () => {
			const { client, server } = sessionPair();
			client.writable = false;
			for (const word of ["one", "", "three"]) client.connection.send(text(word));
			assert.deepEqual(client.pump().take(), []);
			client.writable = true;
			const sent = client.pump().take();
			assert.deepEqual(
				sent.map((record) => record[0]),
				[PacketType.Bundle],
			);
			assert.deepEqual(server.feed(...sent).texts, ["one", "", "three"]);
		});

		/** The actions of a server that echoes, in a turn in which messages of these sizes have arrived. */
		const turn = (waited: boolean, maxBundle: number, ...sizes: number[]) => {
			const { client, server } = sessionPair({ maxBundle }, { maxBundle });
			for (const size of sizes) client.connection.send(new Uint8Array(size));
			server.connection.receive(join(...client.pump().take()));
			server.connection.beginTurn(waited);
			const done: string[] = [];
			for (let action: Action | undefined; (action = server.connection.next(0)); ) {
				done.push(action.type === "write" ? `write ${action.messages}` : action.type);
				if (action.type === "deliver") server.connection.send(action.message);
			}
			return done.join(" ");
		};

		it("that answer the first record leave before the next is opened, if the program was idle before the turn", () => {
			assert.equal(turn(true, 0, 20, 20, 20), "deliver write 1 flush deliver deliver write 1 write 1");
			assert.equal(turn(false, 0, 20, 20, 20), "deliver deliver deliver write 1 write 1 write 1");
			assert.equal(turn(true, 0, 20), "deliver write 1");
		});

		it("that are queued leave before the application is told that there is room for more", () => {
			const options = { maxBundle: 0, maxQueued: 4000 };
			const { client, server } = sessionPair(options, options);
			for (let i = 0; i < 3; i++) client.connection.send(new Uint8Array(20));
			server.connection.receive(join(...client.pump().take()));
			server.connection.beginTurn(true);
			server.connection.send(new Uint8Array(2_100));
			const done: string[] = [];
			for (let action: Action | undefined; (action = server.connection.next(0)); ) done.push(action.type);
			assert.deepEqual(done, ["write", "flush", "writable", "deliver", "deliver", "deliver"]);
		});

		it("that answer half of a long Bundle leave before the rest is delivered, if the program was idle before", () => {
			const long = [600, 600, 600, 600, 600, 600];
			assert.equal(turn(true, 4096, ...long), "deliver deliver deliver write 3 flush deliver deliver deliver write 3");
			assert.equal(turn(false, 4096, ...long), "deliver deliver deliver deliver deliver deliver write 6");
			assert.equal(turn(true, 4096, 20, 20, 20, 20), "deliver deliver deliver deliver write 4");
		});

		it("are not delivered from a cover record, which still restarts the inactivity timeout", () => {
			const { server, rogue } = rogueSession();
			server.advance(29_000).take();
			server.feed(rogue.record(PacketType.Bundle, new Uint8Array(64)));
			server.advance(29_000);
			assert.deepEqual(server.messages, []);
			assert.equal(server.end, undefined);
		});

		it("are held while the connection is paused; sending continues, and the peer is not timed out", () => {
			const { client, server } = sessionPair();
			server.connection.paused = true;
			for (const word of ["one", "two"]) client.connection.send(text(word));
			server.feed(...client.pump().take());
			assert.deepEqual(server.texts, []);
			assert.ok(server.connection.holding);
			server.connection.send(text("still talking"));
			client.feed(...server.pump().take());
			assert.deepEqual(client.texts, ["still talking"]);
			server.advance(100_000);
			assert.deepEqual(server.of("ended"), [], "the inactivity timeout does not run while messages are held");
			server.connection.paused = false;
			assert.deepEqual(server.pump().texts, ["one", "two"]);
			assert.deepEqual(server.of("ended"), []);
			server.advance(30_000);
			assert.equal(server.end?.reason, "idle-too-long");
		});

		it("that were held when the network failed are still delivered", () => {
			const { client, server } = sessionPair();
			server.connection.paused = true;
			client.connection.send(text("one"));
			server.feed(...client.pump().take());
			server.connection.inputEnd(0);
			assert.equal(server.pump().end, undefined);
			server.connection.paused = false;
			server.pump();
			assert.deepEqual(server.texts, ["one"]);
			assertEnded(server, "cut-off", "network");
		});

		it("that are held after a network failure and not taken end the session as cut-off after 30,000 ms", () => {
			const { client, server } = sessionPair();
			server.connection.paused = true;
			client.connection.send(text("one"));
			server.feed(...client.pump().take());
			server.connection.inputEnd(server.now);
			assert.throws(() => server.connection.send(text("x")), { code: "LST_NOT_CONNECTED" });
			assert.deepEqual(server.advance(29_999).take(), [], "no KeepAlive after the network has failed");
			assert.equal(server.end, undefined);
			server.advance(1);
			assertEnded(server, "cut-off", "network");
		});

		it("that have arrived are delivered before the inactivity timeout is checked", () => {
			const { client, server } = sessionPair();
			client.connection.send(text("in time"));
			const octets = client.pump().take();
			server.now += 60_000;
			server.connection.receive(join(...octets));
			assert.deepEqual(server.pump().texts, ["in time"]);
			assert.equal(server.end, undefined);
		});

		it("that may still be unread keep the inactivity timeout from ending the session", () => {
			const { server } = sessionPair();
			server.now += 60_000;
			assert.notEqual(server.connection.next(server.now, true, false)?.type, "close");
			assert.equal(server.connection.closed, false);
			server.pump();
			assert.equal(server.end?.reason, "idle-too-long");
		});
	});

	describe("errors", () => {
		it("a length above maxMessage ends the session as message-too-long, with a Disconnect, at the header", () => {
			for (const type of [PacketType.RegularMessage, PacketType.Bundle]) {
				const { server } = rogueSession({ maxMessage: 100 });
				server.feed(Uint8Array.of(type, 0, 101));
				assertEnded(server, "message-too-long", "self");
				const { server: other, rogue } = rogueSession({ maxMessage: 100 });
				other.feed(rogue.record(PacketType.RegularMessage, new Uint8Array(100)));
				assert.equal(other.messages.length, 1, "maxMessage itself is accepted");
			}
		});

		it("a malformed Bundle ends the session as protocol-error, with a Disconnect, and none of it is delivered", () => {
			for (const plain of [
				Uint8Array.of(0, 2, 0, 1, 65, 0, 9, 66),
				Uint8Array.of(0, 1, 0, 1, 65, 1),
				new Uint8Array(0),
			]) {
				const { server, rogue } = rogueSession();
				server.feed(rogue.record(PacketType.Bundle, plain));
				assert.deepEqual(server.messages, []);
				assertEnded(server, "protocol-error", "self");
			}
		});

		it("an unknown type or a handshake packet ends the session as protocol-error at its first octet", () => {
			for (const type of [0, 2, 3, 4, 8, 0x47, 255]) {
				const { server } = rogueSession();
				server.feed(Uint8Array.of(type));
				assertEnded(server, "protocol-error", "self");
			}
		});

		it("an exception in the cipher ends the session as internal-error, with a Disconnect if that can be sealed", () => {
			for (const breaks of ["open", "both"]) {
				let broken = false;
				const crypto = completeCrypto({
					...nodeCrypto,
					aead(key) {
						const aead = nodeCrypto.aead(key);
						const failing = (method: "open" | "seal") => {
							if (broken && (breaks === "both" || method === breaks)) throw new Error("out of memory");
							return aead;
						};
						return {
							seal: (...args) => failing("seal").seal(...args),
							open: (...args) => failing("open").open(...args),
							wipe: () => aead.wipe(),
						};
					},
				});
				const { server, rogue } = rogueSession({ crypto });
				broken = true;
				server.feed(rogue.record(PacketType.RegularMessage, text("x")));
				assert.deepEqual(server.messages, []);
				assertEnded(server, "internal-error", "self", breaks === "open");
			}
		});
	});
});
