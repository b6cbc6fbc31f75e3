import assert from "node:assert/strict";
import { PacketType } from "../../src/core/codec.js";
import { join } from "../../src/core/octets.js";
import { nodeCrypto } from "../../src/node/crypto.js";
import { text } from "../helpers/crypto.js";
import { assertEnded, rogueSession } from "../helpers/ends.js";
import { newKey, Side, sessionPair } from "../helpers/pair.js";

/** A client that closes its session while the network takes none of the queued octets. */
function closingClient(): Side {
	const { client } = sessionPair();
	client.writable = false;
	client.connection.send(text("stuck"));
	client.connection.close("done", 0);
	return client.pump();
}

describe("connection: how it ends", () => {
	it("close sends the queued message and then Disconnect(0), and the peer receives both", () => {
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

	it("close waits up to 30,000 ms for a blocked network and then ends the session as cut-off", () => {
		const { client } = sessionPair();
		client.writable = false;
		client.connection.send(text("stuck"));
		client.connection.close("done", 0);
		assert.deepEqual(client.pump().take(), []);
		assert.equal(client.connection.deadline, 30_000);
		client.advance(30_000);
		assertEnded(client, "cut-off", "network");
	});

	it("close ends as done only once the network has taken all that was written, and otherwise as cut-off", () => {
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

	it("the close action is flagged as answered on the side that received the Disconnect", () => {
		const { client, server } = sessionPair();
		client.connection.close("done", 0);
		server.feed(...client.pump().take());
		assert.deepEqual(client.of("close"), [{ type: "close", how: "asked" }]);
		assert.deepEqual(server.of("close"), [{ type: "close", how: "answered" }]);
	});

	it("a network failure while close is waiting ends the session as cut-off", () => {
		const { client } = sessionPair();
		client.writable = false;
		client.connection.send(text("stuck"));
		client.connection.close("done", 0);
		client.connection.inputEnd(0);
		client.pump();
		assertEnded(client, "cut-off", "network");
	});

	it("messages that arrive after this side's close or after the peer's Disconnect are dropped", () => {
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

	it("abort ends the session without sending anything, and a second abort has no effect", () => {
		const { client } = sessionPair();
		client.connection.send(text("never"));
		client.connection.abort();
		client.pump();
		assertEnded(client, "aborted", "self", false);
		client.connection.abort();
		assert.equal(client.pump().of("ended").length, 1);
	});

	it("close ends as cut-off if the network fails while a long record is being sealed", () => {
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

	it("after the network has failed, each held message that is taken restarts the timeout for the next", () => {
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

	it("a message for which there is no memory ends the session as out-of-memory; the peer sees internal-error", () => {
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

	it("a `findKey` that aborts the connection fails the handshake as aborted, whether or not it returns a key", () => {
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

	it("outOfMemory ends a session with a Disconnect, and fails a handshake", () => {
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
		it(`Disconnect(${code}) from the peer ends the session as ${reason}`, () => {
			const { server, rogue } = rogueSession();
			server.feed(rogue.record(PacketType.Disconnect, Uint8Array.of(code)));
			assertEnded(server, reason, "peer");
			assert.equal(server.end?.disconnectCode, code);
		});

	it("a connection that ends without a Disconnect is cut-off, and complete records before that are delivered", () => {
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

	it("a second network failure does not extend the application's time for held messages", () => {
		const { client, server } = sessionPair();
		server.connection.paused = true;
		client.connection.send(text("one"));
		server.feed(...client.pump().take());
		server.connection.inputEnd(0);
		server.advance(20_000).connection.inputEnd(server.now);
		server.advance(10_000);
		assertEnded(server, "cut-off", "network");
	});

	it("a second close changes neither the reason nor the deadline of the first", () => {
		const client = closingClient();
		client.advance(20_000).connection.close("server-stopped", client.now);
		assert.equal(client.connection.deadline, 30_000);
		client.writable = true;
		client.pump();
		client.outgoing = client.outgoing.slice(-1);
		assertEnded(client, "done", "self");
		client.connection.close("done", client.now);
		assert.deepEqual(client.pump().of("failed"), []);
		assert.equal(client.of("close").length, 1);
	});

	it("abort ends a session that is already closing, and reports its end only once", () => {
		const client = closingClient();
		for (let i = 0; i < 2; i++) {
			client.connection.abort();
			client.pump();
		}
		assertEnded(client, "aborted", "self", false);
		assert.equal(client.failure, undefined);
	});

	for (const left of [false, true])
		it(`a close whose network fails is ${left ? "cut off at once if something is" : "done if nothing was"} left to send`, () => {
			const { client } = sessionPair();
			if (left) client.connection.send(text("left"));
			client.connection.close("done", 0);
			client.connection.inputEnd(0);
			client.pump();
			if (left) assertEnded(client, "cut-off", "network");
			else assertEnded(client, "done", "self");
		});

	it("a client that cannot create its record ciphers neither sends HandshakeSuccess nor reports it as sent", () => {
		const direction = () => {
			throw new Error("no memory");
		};
		const [client, server] = [new Side("client", { crypto: { ...nodeCrypto, direction } }), new Side("server")];
		server.feed(...client.pump().take());
		client.actions.length = 0;
		client.feed(...server.take());
		assert.equal(client.failure?.reason, "internal-error");
		assert.deepEqual(client.take(), []);
		assert.deepEqual(
			client.actions.map((action) =>
				action.type === "step" ? `${action.step.direction} ${action.step.packet}` : action.type,
			),
			["received HandshakeResponse", "close", "failed"],
		);
	});
});
