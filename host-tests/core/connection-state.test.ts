import assert from "node:assert/strict";
import { text } from "../helpers/crypto.js";
import { Side, sessionPair } from "../helpers/pair.js";
import { Rogue } from "../helpers/rogue.js";

describe("connection: state", () => {
	it("`heard` becomes true with a complete request, not with its first octets", () => {
		const server = new Side("server");
		assert.ok(server.connection.holding, "nothing is read before its first turn");
		assert.equal(server.pump().connection.heard, false);
		const request = new Rogue().request();
		server.feed(request.subarray(0, 30));
		assert.equal(server.connection.heard, false);
		server.feed(request.subarray(30));
		assert.equal(server.connection.heard, true);
	});

	it("keeps reading while it is paused and holds no message, and so receives the peer's Disconnect", () => {
		const { client, server } = sessionPair();
		server.connection.paused = true;
		assert.equal(server.connection.holding, false);
		client.connection.close("done", 0);
		server.feed(...client.pump().take());
		assert.equal(server.end?.reason, "done");
	});

	it("`deadline` is the handshake's, then the next KeepAlive's, then the application's after a network failure", () => {
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
