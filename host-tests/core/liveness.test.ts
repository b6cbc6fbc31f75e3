import assert from "node:assert/strict";
import { PacketType } from "../../src/core/codec.js";
import { text } from "../helpers/crypto.js";
import { assertEnded } from "../helpers/ends.js";
import { converse, Side, sessionPair } from "../helpers/pair.js";

describe("liveness", () => {
	it("sendTimeout ends a session whose network takes nothing for that long, but not one that takes a little", () => {
		const { client } = sessionPair({ inactivityTimeout: -1, sendTimeout: 1_000 });
		client.writable = false;
		client.connection.send(new Uint8Array(10));
		client.pump();
		assert.equal(client.connection.deadline, 1_000);
		client.advance(999);
		client.pending = 9;
		client.advance(0);
		client.pending = 8;
		assert.equal(client.advance(999).end, undefined, "a little was taken");
		client.writable = true;
		client.advance(10);
		client.writable = false;
		assert.equal(client.advance(999).end, undefined);
		assert.equal(client.advance(1_000).end?.reason, "send-timeout");
		assert.equal(client.end?.by, "network");
	});

	it("a side that has sent nothing for 5,000 ms sends a KeepAlive, exactly at its deadline", () => {
		const { client, server } = sessionPair();
		for (const side of [client, server]) {
			assert.equal(side.connection.deadline, 5_000);
			assert.deepEqual(side.advance(4_999).take(), []);
			assert.deepEqual(
				side
					.advance(1)
					.take()
					.map((record) => [record[0], record.length]),
				[[PacketType.KeepAlive, 17]],
			);
			assert.equal(side.connection.deadline, 10_000);
		}
	});

	it("sending a message restarts the keep-alive interval", () => {
		const { client } = sessionPair();
		client.advance(4_000).connection.send(text("x"));
		assert.equal(client.pump().take().length, 1);
		assert.deepEqual(client.advance(4_999).take(), []);
		assert.equal(client.advance(1).take().length, 1);
	});

	it("no KeepAlive is sent while the network is blocked", () => {
		const { client } = sessionPair();
		client.writable = false;
		assert.deepEqual(client.advance(6_000).take(), []);
		assert.equal(client.connection.deadline, 30_000, "only the inactivity timeout is pending");
	});

	it("a peer that is silent for the inactivity timeout ends the session with Disconnect(1)", () => {
		const { client, server } = sessionPair({ keepAliveInterval: 50_000, inactivityTimeout: 60_000 });
		assert.equal(server.advance(29_999).end, undefined);
		client.feed(...server.take());
		server.advance(1);
		client.feed(...server.outgoing);
		assertEnded(server, "idle-too-long", "self");
		assertEnded(client, "idle-too-long", "peer");
		assert.equal(client.end?.disconnectCode, 1);
	});

	it("KeepAlives in both directions keep an idle session open", () => {
		const { client, server } = sessionPair();
		for (let i = 0; i < 100; i++) {
			client.advance(5_000);
			server.advance(5_000);
			converse(client, server);
		}
		assert.ok(!client.connection.closed && !server.connection.closed);
		assert.equal(server.connection.counts.packetsReceived, 2 + 100);
	});

	it("octets of a record that stays incomplete do not keep a session open", () => {
		const { client, server } = sessionPair();
		client.connection.send(new Uint8Array(60));
		const [record] = client.pump().take();
		for (let second = 0; second < 30; second++) server.feed(record!.slice(second, second + 1)).advance(1_000);
		server.take();
		assert.equal(server.end?.reason, "idle-too-long");
	});

	it("with inactivityTimeout off, silence is allowed, but a record must be complete within 30,000 ms", () => {
		const { client, server } = sessionPair({}, { inactivityTimeout: -1 });
		server.advance(86_400_000).take();
		assert.equal(server.end, undefined);
		client.connection.send(new Uint8Array(60));
		const [record] = client.pump().take();
		server.feed(record!.slice(0, 30)).advance(29_999).take();
		assert.equal(server.end, undefined);
		server.feed(record!.slice(30)).advance(100_000).take();
		assert.equal(server.messages.length, 1);
		assert.equal(server.end, undefined, "the record was whole in time");
		client.connection.send(new Uint8Array(60));
		server.feed(client.pump().take()[0]!.slice(0, 30)).advance(30_000);
		assertEnded(server, "idle-too-long", "self");
	});

	it("with sendTimeout and inactivityTimeout off, a blocked network never ends the session", () => {
		const { client } = sessionPair({ inactivityTimeout: -1, sendTimeout: -1 });
		client.writable = false;
		client.connection.send(new Uint8Array(10));
		client.pump();
		assert.equal(client.connection.deadline, Number.POSITIVE_INFINITY);
		assert.equal(client.advance(86_400_000).end, undefined);
	});

	for (const [inactivityTimeout, closeTimeout] of [
		[10_000, 10_000],
		[60_000, 30_000],
		[-1, 30_000],
	] as const)
		it(`close waits ${closeTimeout} ms for a blocked network if inactivityTimeout is ${inactivityTimeout}`, () => {
			const { client } = sessionPair({ inactivityTimeout });
			client.writable = false;
			client.connection.send(new Uint8Array(10));
			client.connection.close("done", 0);
			assert.equal(client.connection.deadline, closeTimeout);
			assert.equal(client.advance(closeTimeout - 1).end, undefined);
			client.advance(1);
			assertEnded(client, "cut-off", "network");
		});

	it("the timeouts of handshake and session count from their start, whatever the clock shows", () => {
		for (const began of [3_600_000, 1e12]) {
			const [client, server] = [new Side("client"), new Side("server")];
			client.now = server.now = began;
			server.feed(...client.pump().take());
			client.advance(9_999).feed(...server.advance(9_999).take());
			assert.equal(client.connection.deadline, began + 10_000);
			converse(client, server);
			assert.ok(client.established && server.established);
			assert.equal(server.advance(29_999).end, undefined);
			assert.equal(server.advance(1).end?.reason, "idle-too-long");
		}
	});
});
