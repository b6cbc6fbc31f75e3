import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
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
	it("a HandshakeError has a code derived from its reason, and a message that includes the detail", () => {
		const error = new HandshakeError("unknown-key-id", "key id 00");
		assert.equal(error.code, "LST_HANDSHAKE_UNKNOWN_KEY_ID");
		assert.equal(error.message, `${handshakeFailures["unknown-key-id"]} (key id 00)`);
		assert.ok(error instanceof Error);
	});

	it("a SessionEnd tells who ended the session and why, and is clean for done and server-stopped only", () => {
		const clean = (reason: SessionEndReason) => new SessionEnd(reason, "peer").clean;
		assert.deepEqual((Object.keys(sessionEnds) as SessionEndReason[]).filter(clean), ["done", "server-stopped"]);
		assert.equal(new SessionEnd("idle-too-long", "self").message, "this side has waited too long for a record");
		assert.match(SessionEnd.fromPeer(3).message, /^the peer was sent a message/);
		assert.equal(SessionEnd.fromPeer(99).code, "LST_SESSION_UNKNOWN_REASON");
		assert.match(SessionEnd.fromPeer(99).message, /\(99\)/);
	});

	it("are made without a stack trace, and also where Node.js freezes Error", () => {
		assert.equal(new HandshakeError("timeout").stack, `HandshakeError: ${handshakeFailures.timeout}`);
		const errors = new URL("../../src/core/errors.js", import.meta.url);
		const program = `const { HandshakeError } = await import(${JSON.stringify(errors)}); console.log(new HandshakeError("timeout").reason)`;
		const args = ["--frozen-intrinsics", "--input-type=module", "-e", program];
		assert.equal(spawnSync(process.execPath, args, { encoding: "utf8" }).stdout, "timeout\n");
	});

	it("docs/api.md lists every reason of a failed handshake and of a session's end", () => {
		for (const reason of [...Object.keys(handshakeFailures), ...Object.keys(sessionEnds)])
			assert.ok(api.includes(`\`${reason}\``), reason);
	});
});
