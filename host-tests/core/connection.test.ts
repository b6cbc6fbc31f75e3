import assert from "node:assert/strict";
import fc from "fast-check";
import type { Action } from "../../src/core/actions.js";
import { PacketType } from "../../src/core/codec.js";
import { join } from "../../src/core/octets.js";
import { completeCrypto } from "../../src/core/portable/crypto.js";
import { nodeCrypto } from "../../src/node/crypto.js";
import { text } from "../helpers/crypto.js";
import { assertEnded, rogueSession } from "../helpers/ends.js";
import { converse, newKey, Side, sessionPair } from "../helpers/pair.js";

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

		it("any messages in any split arrive whole and in order", () => {
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

		it("that wait while the network takes nothing leave as bundles", () => {
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

		/** What a server that echoes does in a turn in which messages have arrived of so many octets each. */
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

		it("that answer a record leave before the next one is opened, once in a turn, where the program had waited", () => {
			assert.equal(turn(true, 0, 20, 20, 20), "deliver write 1 flush deliver deliver write 1 write 1");
			assert.equal(turn(false, 0, 20, 20, 20), "deliver deliver deliver write 1 write 1 write 1");
			assert.equal(turn(true, 0, 20), "deliver write 1");
		});

		it("leave so before the application hears that there is room for more", () => {
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

		it("that answer half of a long bundle leave before its rest is delivered, likewise", () => {
			const long = [600, 600, 600, 600, 600, 600];
			assert.equal(turn(true, 4096, ...long), "deliver deliver deliver write 3 flush deliver deliver deliver write 3");
			assert.equal(turn(false, 4096, ...long), "deliver deliver deliver deliver deliver deliver write 6");
			assert.equal(turn(true, 4096, 20, 20, 20, 20), "deliver deliver deliver deliver write 4");
		});

		it("a cover record delivers nothing and counts as a sign of life", () => {
			const { server, rogue } = rogueSession();
			server.advance(29_000).take();
			server.feed(rogue.record(PacketType.Bundle, new Uint8Array(64)));
			server.advance(29_000);
			assert.deepEqual(server.messages, []);
			assert.equal(server.end, undefined);
		});

		it("wait while the connection is paused, and nothing else does", () => {
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
			assert.deepEqual(server.of("ended"), [], "the peer's clock stands while its messages are not taken");
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

		it("that nobody takes do not keep a session whose network is gone", () => {
			const { client, server } = sessionPair();
			server.connection.paused = true;
			client.connection.send(text("one"));
			server.feed(...client.pump().take());
			server.connection.inputEnd(server.now);
			assert.throws(() => server.connection.send(text("x")), { code: "LST_NOT_CONNECTED" });
			assert.deepEqual(server.advance(29_999).take(), [], "no KeepAlive to nobody");
			assert.equal(server.end, undefined);
			server.advance(1);
			assertEnded(server, "cut-off", "network");
		});

		it("that have arrived are read before the peer is found silent", () => {
			const { client, server } = sessionPair();
			client.connection.send(text("in time"));
			const octets = client.pump().take();
			server.now += 60_000;
			server.connection.receive(join(...octets));
			assert.deepEqual(server.pump().texts, ["in time"]);
			assert.equal(server.end, undefined);
		});

		it("the peer is not found silent while something that has arrived may be unread", () => {
			const { server } = sessionPair();
			server.now += 60_000;
			assert.notEqual(server.connection.next(server.now, true, false)?.type, "close");
			assert.equal(server.connection.closed, false);
			server.pump();
			assert.equal(server.end?.reason, "idle-too-long");
		});
	});

	describe("queue", () => {
		it("answers what is free, fills up, and says when it can take more", () => {
			const { client } = sessionPair({ maxQueued: 1000, maxBundle: 0 });
			client.writable = false;
			assert.equal(client.connection.send(new Uint8Array(400)), 581);
			assert.ok(!client.connection.full);
			assert.equal(client.connection.send(new Uint8Array(400)), 162);
			assert.ok(client.connection.full);
			assert.throws(() => client.connection.send(new Uint8Array(200)), { code: "LST_QUEUE_FULL" });
			assert.equal(client.connection.queued, 838);
			client.pump();
			assert.equal(client.of("writable").length, 0);
			client.writable = true;
			client.pump();
			assert.deepEqual(
				client.of("writable").map(({ free }) => free),
				[581],
			);
			assert.ok(!client.connection.full);
		});

		it("is full when a longest message with its record no longer fits", () => {
			const { client } = sessionPair({ maxQueued: 65_535 + 19 + 10, maxBundle: 0 });
			client.writable = false;
			assert.equal(client.connection.send(new Uint8Array(0)), 65_545);
			const { client: other } = sessionPair({ maxQueued: 2 * 65_554 + 18 });
			other.writable = false;
			other.connection.send(new Uint8Array(65_535));
			assert.ok(!other.connection.full);
			other.connection.send(new Uint8Array(0));
			assert.ok(other.connection.full, "65,553 octets are not enough for 65,535 and 19");
		});

		it("of many short messages is emptied in a time that grows with their number", () => {
			const { client } = sessionPair({ maxQueued: 8 << 20, maxBundle: 0 });
			client.writable = false;
			for (let i = 0; i < 100_000; i++) client.connection.send(new Uint8Array(0));
			client.writable = true;
			const began = performance.now();
			assert.equal(client.pump().take().length, 100_000);
			assert.ok(performance.now() - began < 10_000);
		});

		it("takes nothing once the session has ended", () => {
			const { client } = sessionPair();
			client.connection.close("done", 0);
			assert.throws(() => client.connection.send(text("late")), { code: "LST_NOT_CONNECTED" });
			client.pump();
			assert.throws(() => client.connection.send(text("late")), { code: "LST_NOT_CONNECTED" });
		});
	});

	describe("ends", () => {
		it("close sends what is queued, then Disconnect(0), and the peer gets all of it", () => {
			const { client, server } = sessionPair();
			client.connection.send(text("last words"));
			client.connection.close("done", 0);
			const sent = client.pump().outgoing;
			assert.equal(sent.at(-1)?.[0], PacketType.Disconnect);
			server.feed(...client.outgoing);
			assert.deepEqual(server.texts, ["last words"]);
			assertEnded(server, "done", "peer", false);
			client.outgoing = client.outgoing.slice(-1);
			assertEnded(client, "done", "self");
		});

		it("close waits for a network that takes nothing, at most for the patience of the timeout", () => {
			const { client } = sessionPair();
			client.writable = false;
			client.connection.send(text("stuck"));
			client.connection.close("done", 0);
			assert.deepEqual(client.pump().take(), []);
			assert.equal(client.connection.deadline, 30_000);
			client.advance(30_000);
			assertEnded(client, "cut-off", "network");
		});

		it("close is not done before the network has taken all that was written", () => {
			for (const taken of [true, false, "the network fails"]) {
				const { client } = sessionPair();
				client.connection.send(text("written, and not taken"));
				client.pump();
				client.take();
				client.writable = false;
				client.connection.close("done", 0);
				client.pump();
				assert.equal(client.end, undefined);
				if (taken === true) client.writable = true;
				else if (taken) client.connection.inputEnd(0);
				client.advance(taken ? 29_999 : 30_000);
				if (taken === true) assertEnded(client, "done", "self");
				else assertEnded(client, "cut-off", "network");
			}
		});

		it("the peer's Disconnect needs no answer", () => {
			const { client, server } = sessionPair();
			client.connection.close("done", 0);
			server.feed(...client.pump().take());
			assert.deepEqual(client.of("close"), [{ type: "close", flush: true, answered: false }]);
			assert.deepEqual(server.of("close"), [{ type: "close", flush: true, answered: true }]);
		});

		it("a network that fails while a close waits cuts it off", () => {
			const { client } = sessionPair();
			client.writable = false;
			client.connection.send(text("stuck"));
			client.connection.close("done", 0);
			client.connection.inputEnd(0);
			client.pump();
			assertEnded(client, "cut-off", "network");
		});

		it("what arrives behind one's own close or behind a Disconnect is dropped", () => {
			const { client, server } = sessionPair();
			client.connection.send(text("too late"));
			const late = client.pump().take();
			server.connection.close("server-stopped", 0);
			server.pump();
			server.feed(...late);
			assert.deepEqual(server.texts, []);
			const { server: other, rogue } = rogueSession();
			other.feed(
				rogue.record(PacketType.Disconnect, Uint8Array.of(0)),
				rogue.record(PacketType.RegularMessage, text("after")),
			);
			assert.deepEqual(other.texts, []);
			assertEnded(other, "done", "peer");
		});

		it("abort sends nothing", () => {
			const { client } = sessionPair();
			client.connection.send(text("never"));
			client.connection.abort();
			client.pump();
			assertEnded(client, "aborted", "self", false);
			client.connection.abort();
			assert.equal(client.pump().of("ended").length, 1);
		});

		it("close is cut off where the peer goes while a long record is sealed", () => {
			const { client, server } = sessionPair({ slice: 4096, maxBundle: 0 });
			client.connection.send(new Uint8Array(10_000));
			client.pump();
			client.connection.close("done", 0);
			client.connection.inputEnd(0);
			client.pump();
			server.feed(...client.outgoing);
			assert.equal(server.messages.length, 0);
			assertEnded(client, "cut-off", "network");
		});

		it("an application that takes the last messages of a peer that is gone has as long for each", () => {
			const { client, server } = sessionPair({}, { inactivityTimeout: 1_000, keepAliveInterval: 500 });
			for (let i = 0; i < 4; i++) client.connection.send(text(`${i}`));
			server.connection.paused = true;
			server.feed(...client.pump().take());
			server.connection.inputEnd(0);
			for (let i = 0; i < 3; i++) {
				server.advance(900);
				server.connection.paused = false;
				const action = server.connection.next(server.now);
				assert.equal(action?.type, "deliver");
				server.connection.paused = true;
			}
			server.take();
			server.advance(1_000);
			assertEnded(server, "cut-off", "network");
		});

		it("a message for which there is no memory ends it, and the peer hears of an internal error", () => {
			const { client, server } = sessionPair({}, { hasRoom: (octets) => octets < 1000 });
			client.connection.send(new Uint8Array(960));
			client.connection.send(new Uint8Array(990));
			const [first, second] = client.pump().take() as [Uint8Array, Uint8Array];
			server.feed(first.subarray(0, 100)).feed(first.subarray(100));
			server.feed(second.subarray(0, 100));
			assert.equal(server.messages.length, 1);
			client.feed(...server.outgoing);
			assertEnded(server, "out-of-memory", "self", true);
			assertEnded(client, "internal-error", "peer");
		});

		it("nothing follows where `findKey` gives the connection up, whether it finds the key or not", () => {
			for (const found of [newKey(), undefined]) {
				const findKey = () => {
					server.connection.abort();
					return found;
				};
				const server: Side = new Side("server", { keys: [], findKey }).pump();
				server.feed(...new Side("client").pump().take());
				assert.deepEqual(
					server.actions.map(({ type }) => type),
					["close", "failed"],
				);
				assert.equal(server.failure?.reason, "aborted");
				assert.deepEqual(server.take(), []);
			}
		});

		it("what cannot be received for lack of memory ends it, or fails the handshake", () => {
			const { server } = sessionPair();
			server.connection.outOfMemory(0);
			server.connection.outOfMemory(0);
			assertEnded(server.pump(), "out-of-memory", "self", true);
			const starved = new Side("server").pump();
			starved.connection.outOfMemory(0);
			assert.equal(starved.pump().failure?.reason, "out-of-memory");
		});

		for (const [code, reason] of [
			[0, "done"],
			[1, "idle-too-long"],
			[2, "server-stopped"],
			[3, "message-too-long"],
			[4, "protocol-error"],
			[5, "internal-error"],
			[6, "no-capacity"],
			[7, "unknown-reason"],
			[200, "unknown-reason"],
		] as const)
			it(`Disconnect(${code}) from the peer is ${reason}`, () => {
				const { server, rogue } = rogueSession();
				server.feed(rogue.record(PacketType.Disconnect, Uint8Array.of(code)));
				assertEnded(server, reason, "peer");
				assert.equal(server.end?.disconnectCode, code);
			});

		it("a connection that ends without a Disconnect was cut off, and what was whole before is delivered", () => {
			const { client, server } = sessionPair({ maxBundle: 0 });
			client.connection.send(text("whole"));
			client.connection.send(text("torn"));
			const octets = join(...client.pump().take());
			server.feed(octets.subarray(0, octets.length - 1));
			server.connection.inputEnd(0);
			server.pump();
			assert.deepEqual(server.texts, ["whole"]);
			assertEnded(server, "cut-off", "network");
		});
	});

	describe("errors", () => {
		it("a length above the longest message ends the session with Disconnect(3) at the header", () => {
			for (const type of [PacketType.RegularMessage, PacketType.Bundle]) {
				const { server } = rogueSession({ maxMessage: 100 });
				server.feed(Uint8Array.of(type, 0, 101));
				assertEnded(server, "message-too-long", "self");
				const { server: other, rogue } = rogueSession({ maxMessage: 100 });
				other.feed(rogue.record(PacketType.RegularMessage, new Uint8Array(100)));
				assert.equal(other.messages.length, 1, "the longest is taken");
			}
		});

		it("a malformed bundle ends it with Disconnect(4) and delivers nothing of it", () => {
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

		it("unknown types and handshake packets end it with Disconnect(4) at their first octet", () => {
			for (const type of [0, 2, 3, 4, 8, 0x47, 255]) {
				const { server } = rogueSession();
				server.feed(Uint8Array.of(type));
				assertEnded(server, "protocol-error", "self");
			}
		});

		it("an unexpected error of this side's ends it with Disconnect(5), without one where nothing can be sealed", () => {
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
