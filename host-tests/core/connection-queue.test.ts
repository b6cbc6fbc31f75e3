import assert from "node:assert/strict";
import { text } from "../helpers/crypto.js";
import { type Side, sessionPair } from "../helpers/pair.js";

/** A client with a queue of 1,000 octets and a blocked network. */
function stuckClient(): Side {
	const { client } = sessionPair({ maxQueued: 1000, maxBundle: 0 });
	client.writable = false;
	return client;
}

/** Unblocks the network and returns `free` of each time that the queue reports room. */
function roomReported(client: Side): number[] {
	client.writable = true;
	return client
		.pump()
		.of("writable")
		.map(({ free }) => free);
}

describe("connection: queue", () => {
	it("send returns the free octets, a full queue throws LST_QUEUE_FULL, and room is reported afterwards", () => {
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

	it("is full when the longest message and its framing no longer fit", () => {
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

	it("of 100,000 empty messages is sent within 10 s", () => {
		const { client } = sessionPair({ maxQueued: 8 << 20, maxBundle: 0 });
		client.writable = false;
		for (let i = 0; i < 100_000; i++) client.connection.send(new Uint8Array(0));
		client.writable = true;
		const began = performance.now();
		assert.equal(client.pump().take().length, 100_000);
		assert.ok(performance.now() - began < 10_000);
	});

	it("refuses messages with LST_NOT_CONNECTED once the session is closing or closed", () => {
		const { client } = sessionPair();
		client.connection.close("done", 0);
		assert.throws(() => client.connection.send(text("late")), { code: "LST_NOT_CONNECTED" });
		client.pump();
		assert.throws(() => client.connection.send(text("late")), { code: "LST_NOT_CONNECTED" });
	});

	it("is full after a message that did not fit, but not after an invalid one, and then reports room", () => {
		const client = stuckClient();
		assert.equal(client.connection.send(new Uint8Array(350)), 631);
		assert.throws(() => client.connection.send(new Uint8Array(65_536)), RangeError);
		assert.throws(() => client.connection.send("text" as never), TypeError);
		assert.ok(!client.connection.full);
		assert.throws(() => client.connection.send(new Uint8Array(640)), { code: "LST_QUEUE_FULL" });
		assert.ok(client.connection.full, "although more than half of the queue is free");
		assert.deepEqual(roomReported(client), [1000]);
	});

	it("reports room as soon as half of its octets are free", () => {
		const client = stuckClient();
		for (let i = 0; i < 3; i++) client.connection.send(new Uint8Array(300));
		assert.ok(client.connection.full);
		assert.deepEqual(roomReported(client), [681], "not at 362");
	});

	it("does not report room while the session is closing", () => {
		const client = stuckClient();
		for (let i = 0; i < 3; i++) client.connection.send(new Uint8Array(300));
		client.connection.close("done", 0);
		assert.deepEqual(roomReported(client), []);
		assert.equal(client.end?.reason, "done");
	});

	it("reports room once after expectRoom", () => {
		const { client } = sessionPair();
		client.writable = false;
		client.connection.send(text("x"));
		client.connection.expectRoom();
		assert.equal(client.pump().of("writable").length, 0);
		assert.equal(roomReported(client).length, 1);
		client.connection.send(text("y"));
		assert.equal(roomReported(client).length, 1);
	});

	it("sends none of its messages once the network has failed", () => {
		const { client, server } = sessionPair();
		server.connection.paused = true;
		client.connection.send(text("held"));
		server.feed(...client.pump().take());
		server.connection.send(text("queued"));
		server.connection.inputEnd(0);
		assert.deepEqual(server.pump().take(), []);
		assert.equal(server.connection.counts.messagesSent, 0);
	});
});
