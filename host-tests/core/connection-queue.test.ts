import assert from "node:assert/strict";
import { text } from "../helpers/crypto.js";
import { type Side, sessionPair } from "../helpers/pair.js";

/** A client whose queue takes 1,000 octets, and whose network takes nothing. */
function stuckClient(): Side {
	const { client } = sessionPair({ maxQueued: 1000, maxBundle: 0 });
	client.writable = false;
	return client;
}

/** The network takes everything: what is free whenever the queue reports room. */
function roomReported(client: Side): number[] {
	client.writable = true;
	return client
		.pump()
		.of("writable")
		.map(({ free }) => free);
}

describe("connection: queue", () => {
	it("reports room after it has refused a message that did not fit, but not after one that it never takes", () => {
		const client = stuckClient();
		assert.equal(client.connection.send(new Uint8Array(350)), 631);
		assert.throws(() => client.connection.send(new Uint8Array(65_536)), RangeError);
		assert.throws(() => client.connection.send("text" as never), TypeError);
		assert.ok(!client.connection.full);
		assert.throws(() => client.connection.send(new Uint8Array(640)), { code: "LST_QUEUE_FULL" });
		assert.ok(client.connection.full, "although more than half of it is free");
		assert.deepEqual(roomReported(client), [1000]);
	});

	it("reports room as soon as half of it is free", () => {
		const client = stuckClient();
		for (let i = 0; i < 3; i++) client.connection.send(new Uint8Array(300));
		assert.ok(client.connection.full);
		assert.deepEqual(roomReported(client), [681], "not at 362");
	});

	it("reports no room while the session closes", () => {
		const client = stuckClient();
		for (let i = 0; i < 3; i++) client.connection.send(new Uint8Array(300));
		client.connection.close("done", 0);
		assert.deepEqual(roomReported(client), []);
		assert.equal(client.end?.reason, "done");
	});

	it("reports room once to a caller that asked for it", () => {
		const { client } = sessionPair();
		client.writable = false;
		client.connection.send(text("x"));
		client.connection.expectRoom();
		assert.equal(client.pump().of("writable").length, 0);
		assert.equal(roomReported(client).length, 1);
		client.connection.send(text("y"));
		assert.equal(roomReported(client).length, 1);
	});

	it("sends nothing to a peer whose network is gone", () => {
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
