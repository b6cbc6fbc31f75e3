import assert from "node:assert/strict";
import { nodeCrypto } from "../../src/node/crypto.js";
import { text } from "../helpers/crypto.js";
import { assertEnded } from "../helpers/ends.js";
import { Side, sessionPair } from "../helpers/pair.js";

/** A client that closes its session while the network takes nothing of what is queued. */
function closingClient(): Side {
	const { client } = sessionPair();
	client.writable = false;
	client.connection.send(text("stuck"));
	client.connection.close("done", 0);
	return client.pump();
}

describe("connection: ends", () => {
	it("a network that fails a second time gives the application no more time for held messages", () => {
		const { client, server } = sessionPair();
		server.connection.paused = true;
		client.connection.send(text("one"));
		server.feed(...client.pump().take());
		server.connection.inputEnd(0);
		server.advance(20_000).connection.inputEnd(server.now);
		server.advance(10_000);
		assertEnded(server, "cut-off", "network");
	});

	it("the first close counts: a later one changes neither the reason nor the deadline", () => {
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

	it("abort also ends a session that is closing, once", () => {
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

	it("a client that cannot make its records neither sends HandshakeSuccess nor reports it as sent", () => {
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
