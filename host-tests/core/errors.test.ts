import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import {
	HandshakeError,
	handshakeFailures,
	SessionEnd,
	type SessionEndReason,
	sessionEnds,
} from "../../src/core/errors.js";

const api = readFileSync(new URL("../../../docs/api.md", import.meta.url), "utf8");

describe("errors", () => {
	it("a failed handshake has a code from its reason, a sentence, and a detail where there is one", () => {
		const error = new HandshakeError("unknown-key-id", "key id 00");
		assert.equal(error.code, "LST_HANDSHAKE_UNKNOWN_KEY_ID");
		assert.equal(error.message, `${handshakeFailures["unknown-key-id"]} (key id 00)`);
		assert.ok(error instanceof Error);
	});

	it("an end tells who ended the session, how and whether cleanly", () => {
		const clean = (reason: SessionEndReason) => new SessionEnd(reason, "peer").clean;
		assert.deepEqual((Object.keys(sessionEnds) as SessionEndReason[]).filter(clean), ["done", "server-stopped"]);
		assert.equal(new SessionEnd("idle-too-long", "self").message, "this side has waited too long for a record");
		assert.match(SessionEnd.fromPeer(3).message, /^the peer was sent a message/);
		assert.equal(SessionEnd.fromPeer(99).code, "LST_SESSION_UNKNOWN_REASON");
		assert.match(SessionEnd.fromPeer(99).message, /\(99\)/);
	});

	it("every code is in docs/api.md", () => {
		for (const reason of [...Object.keys(handshakeFailures), ...Object.keys(sessionEnds)])
			assert.ok(api.includes(`\`${reason}\``), reason);
	});
});
