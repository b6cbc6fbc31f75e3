import assert from "node:assert/strict";
import { text } from "../helpers/crypto.js";
import { Side, sessionPair } from "../helpers/pair.js";
import { Rogue } from "../helpers/rogue.js";

describe("connection: state", () => {
	it("counts a peer as heard once a genuine packet has arrived, not at its first octets", () => {
		const server = new Side("server");
		assert.ok(server.connection.holding, "nothing is read before it begins");
		assert.equal(server.pump().connection.heard, false);
		const request = new Rogue().request();
		server.feed(request.subarray(0, 30));
		assert.equal(server.connection.heard, false);
		server.feed(request.subarray(30));
		assert.equal(server.connection.heard, true);
	});

	it("goes on reading while it is paused and holds no message, so that it learns when the peer ends", () => {
		const { client, server } = sessionPair();
		server.connection.paused = true;
		assert.equal(server.connection.holding, false);
		client.connection.close("done", 0);
		server.feed(...client.pump().take());
		assert.equal(server.end?.reason, "done");
	});

	it("has the deadline of the handshake, and once the network is gone that of the application", () => {
		const waiting = new Side("server").pump();
		assert.equal(waiting.connection.deadline, 10_000);
		const { client, server } = sessionPair({}, { keepAliveInterval: 20_000 });
		server.connection.paused = true;
		client.connection.send(text("one"));
		server.feed(...client.pump().take());
		assert.equal(server.connection.deadline, 20_000);
		server.connection.inputEnd(0);
		server.pump();
		assert.equal(server.connection.deadline, 30_000);
	});
});
