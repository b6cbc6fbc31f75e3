import assert from "node:assert/strict";
import { PacketType } from "../../src/core/codec.js";
import type { SessionEndReason } from "../../src/core/errors.js";
import { newKey, Side, type SideOptions } from "./pair.js";
import { Rogue } from "./rogue.js";

/** A server in session with a peer that holds the key and seals any content. */
export function rogueSession(options: SideOptions = {}): { server: Side; rogue: Rogue } {
	const [server, rogue] = [new Side("server", options).pump(), new Rogue(newKey(), options.suites?.[0])];
	server.feed(rogue.success(server.feed(rogue.request()).take()[0]!));
	assert.ok(server.established);
	server.take();
	server.actions.length = 0;
	return { server, rogue };
}

/** Asserts that the session has ended for `reason`, by `by`, and that a Disconnect was sent exactly if `sent`. */
export function assertEnded(
	side: Side,
	reason: SessionEndReason,
	by: "peer" | "self" | "network",
	sent = by === "self",
): void {
	assert.equal(side.end?.reason, reason);
	assert.equal(side.end.by, by);
	const written = side.take();
	assert.deepEqual(
		written.map((packet) => packet[0]),
		sent ? [PacketType.Disconnect] : [],
	);
	// What was written is flushed only after a Disconnect, sent or received.
	const own = reason === "done" ? "asked" : "refused";
	assert.deepEqual(side.of("close"), [{ type: "close", how: by === "peer" ? "answered" : sent ? own : "now" }]);
	assert.ok(side.connection.closed);
	assert.equal(side.connection.deadline, Number.POSITIVE_INFINITY);
	assert.equal(side.actions.at(-1)?.type, "ended", "it is the last action");
}
