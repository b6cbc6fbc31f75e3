import assert from "node:assert/strict";
import { PacketType } from "../../src/core/codec.js";
import type { SessionEndReason } from "../../src/core/errors.js";
import { newKey, Side, type SideOptions } from "./pair.js";
import { Rogue } from "./rogue.js";

/** A server in session with a peer that seals rightly whatever it likes. */
export function rogueSession(options: SideOptions = {}): { server: Side; rogue: Rogue } {
	const [server, rogue] = [new Side("server", options).pump(), new Rogue(newKey(), options.suites?.[0])];
	server.feed(rogue.success(server.feed(rogue.request()).take()[0]!));
	assert.ok(server.established);
	server.take();
	server.actions.length = 0;
	return { server, rogue };
}

/** The session ended so, and a Disconnect was sent where `by` is "self" and `silent` false. */
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
	// Only a Disconnect, sent or received, leaves time for what was written to leave.
	assert.deepEqual(side.of("close"), [{ type: "close", flush: sent || by === "peer", answered: by === "peer" }]);
	assert.ok(side.connection.closed);
	assert.equal(side.connection.deadline, Number.POSITIVE_INFINITY);
	assert.equal(side.actions.at(-1)?.type, "ended", "the last that is heard of it");
}
