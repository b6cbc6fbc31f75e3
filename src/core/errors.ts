/** Why a handshake failed, each with its sentence for people. `protocol.md`, "Handshake", Failure. */
export const handshakeFailures = Object.freeze({
	timeout: "the handshake was not finished within its deadline; check that the peer is a LightweightSecureTCP peer",
	"closed-by-peer":
		"the peer closed the connection during the handshake, as it does when keys, contexts or suites differ, or both are the same program (see `allowSelfConnection`); compare the key ids and the `suites` of both sides",
	"malformed-packet": "the peer does not speak this protocol; check the port and what listens there",
	"unexpected-packet": "the peer sent a packet that is not allowed at this step of the handshake",
	"unknown-key-id": "the peer uses a handshake key that this side does not hold; give both sides the same key",
	"authentication-failed":
		"a packet was not sealed under the handshake key, context and packets of this handshake; check that key and context are the same on both sides",
	"wrong-sum": "the peer answered the challenge with a wrong sum",
	"wrong-xor": "the peer answered the challenge with a wrong XOR",
	"wrong-answer": "the peer answered this side's challenge wrongly",
	"unsupported-suite": "the peer asked for a suite that is not in this side's list; compare the `suites` options",
	"own-request":
		"the request came from a client of this same program; set `allowSelfConnection` if it is meant to talk to itself",
	"no-capacity": "the server has no room for another session or handshake; try again later",
	"out-of-memory": "this side has too little memory left for a session; try again later",
	"random-source": "the source of random octets failed or repeated itself",
	"internal-error": "an unexpected error stopped the handshake on this side",
	unreachable: "the peer could not be reached; check its address and the network",
	refused: "nothing listens at that address and port; check that the server is running",
	aborted: "this side gave up before the handshake was finished",
} as const);

export type HandshakeFailureReason = keyof typeof handshakeFailures;

/** How a session ended. */
export const sessionEnds = Object.freeze({
	done: "has finished",
	"idle-too-long": "has waited too long for a record",
	"server-stopped": "is stopping its server",
	"message-too-long":
		"was sent a message or Bundle longer than it accepts; see its `maxMessage` and the sender's `maxBundle`",
	"protocol-error": "was sent a record that the protocol does not allow",
	"internal-error": "met an unexpected error",
	"no-capacity": "has no room for another session; try again later",
	"unknown-reason": "ended the session for a reason that this version does not know",
	"cut-off": "the connection ended without a Disconnect, so messages may be missing",
	"authentication-failed":
		"a record did not open under the session's key: it was altered, replayed, dropped or reordered",
	"send-timeout": "the peer, or the network, has taken nothing of what was sent for too long",
	aborted: "this side dropped the connection without a Disconnect",
	"out-of-memory": "had too little memory left for what it was sent",
} as const);

export type SessionEndReason = keyof typeof sessionEnds;

/** Each at the index that is its octet in a Disconnect. `protocol.md`, "Records". */
const reasonsOnTheWire: readonly SessionEndReason[] = Object.freeze([
	"done",
	"idle-too-long",
	"server-stopped",
	"message-too-long",
	"protocol-error",
	"internal-error",
	"no-capacity",
] as const);

/** The octet that a Disconnect carries for `reason`; undefined for reasons that do not travel. */
export function disconnectCode(reason: SessionEndReason): number | undefined {
	const code = reasonsOnTheWire.indexOf(reason === "out-of-memory" ? "internal-error" : reason);
	return code < 0 ? undefined : code;
}

function codeOf(kind: "HANDSHAKE" | "SESSION", reason: string): string {
	return `LST_${kind}_${reason.replaceAll("-", "_").toUpperCase()}`;
}

/** Every error of this library that is not a TypeError or a RangeError; `code` is stable, the message is for people. */
export class LightweightSecureError extends Error {
	// A field, not an assignment: on XS the prototype's name is frozen.
	override name = "LightweightSecureError";
	readonly code: string;

	constructor(code: string, message: string) {
		super(message);
		this.code = code;
	}
}

/** What `send` throws once nothing can be sent any more. */
export function notConnected(): LightweightSecureError {
	return new LightweightSecureError("LST_NOT_CONNECTED", "the session has ended; connect again to send");
}

/**
 * The outcome of a handshake or a session. It comes from the network, not from a caller, so a stack trace would tell nothing;
 * on V8 one costs more than sealing a record.
 */
class Outcome extends LightweightSecureError {
	constructor(code: string, message: string) {
		const { stackTraceLimit } = Error as { stackTraceLimit?: number };
		// With --frozen-intrinsics it cannot be changed.
		if (stackTraceLimit === undefined || Object.isFrozen(Error)) super(code, message);
		else {
			(Error as { stackTraceLimit?: number }).stackTraceLimit = 0;
			super(code, message);
			(Error as { stackTraceLimit?: number }).stackTraceLimit = stackTraceLimit;
		}
	}
}

/** A handshake that failed: `code` is `LST_HANDSHAKE_` and the reason in capitals. */
export class HandshakeError extends Outcome {
	override name = "HandshakeError";
	readonly reason: HandshakeFailureReason;

	constructor(reason: HandshakeFailureReason, detail?: string) {
		super(codeOf("HANDSHAKE", reason), handshakeFailures[reason] + (detail ? ` (${detail})` : ""));
		this.reason = reason;
	}
}

/** How a session ended; an Error, so that it can be thrown if the end was not clean. */
export class SessionEnd extends Outcome {
	override name = "SessionEnd";
	readonly reason: SessionEndReason;
	/** Who ended it: the peer, this side, or neither. */
	readonly by: "peer" | "self" | "network";
	/** The octet of the Disconnect packet, if one was sent or received. */
	readonly disconnectCode: number | undefined;

	constructor(
		reason: SessionEndReason,
		by: "peer" | "self" | "network",
		code: number | undefined | null = disconnectCode(reason),
	) {
		const whose = by === "peer" ? "the peer " : by === "self" && code !== undefined ? "this side " : "";
		const unknown = reason === "unknown-reason" ? ` (${code})` : "";
		super(codeOf("SESSION", reason), whose + sessionEnds[reason] + unknown);
		this.reason = reason;
		this.by = by;
		this.disconnectCode = code ?? undefined;
	}

	/** @param code the octet of its Disconnect; undefined in the `original` profile, which has none */
	static fromPeer(code: number | undefined): SessionEnd {
		if (code === undefined) return new SessionEnd("done", "peer", null);
		return new SessionEnd(reasonsOnTheWire[code] ?? "unknown-reason", "peer", code);
	}

	/**
	 * True if a Disconnect said "done" or "the server stops". In the `original` profile, anybody on the network path can have
	 * sent it.
	 */
	get clean(): boolean {
		return this.reason === "done" || this.reason === "server-stopped";
	}
}

/** The message of anything that was thrown. */
export function messageOf(error: unknown): string {
	return error instanceof Error ? error.message : String(error);
}

function withCode<E extends Error>(error: E, code: string): E & { readonly code: string } {
	return Object.assign(error, { code });
}

/** `code` is `LST_TYPE`: an option or argument has the wrong type. */
export function typeError(message: string): TypeError & { readonly code: string } {
	return withCode(new TypeError(message), "LST_TYPE");
}

/** `code` is `LST_RANGE`: an option or argument has the right type but an impossible value or size. */
export function rangeError(message: string): RangeError & { readonly code: string } {
	return withCode(new RangeError(message), "LST_RANGE");
}
