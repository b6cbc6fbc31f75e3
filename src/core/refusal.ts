import { packetName } from "./codec.js";
import { HandshakeError, type HandshakeFailureReason, messageOf, type SessionEndReason } from "./errors.js";
import { PacketRefused } from "./parser.js";

/** What a refused packet means in a handshake, and in a session. */
const meanings: Readonly<Record<PacketRefused["why"], readonly [HandshakeFailureReason, SessionEndReason]>> =
	Object.freeze({
		"unknown-type": ["malformed-packet", "protocol-error"],
		"unsupported-suite": ["unsupported-suite", "protocol-error"],
		"too-long": ["malformed-packet", "message-too-long"],
		"no-memory": ["out-of-memory", "out-of-memory"],
	});

/** The handshake error that corresponds to any error. */
export function asHandshakeError(error: unknown): HandshakeError {
	if (error instanceof HandshakeError) return error;
	if (error instanceof PacketRefused) return new HandshakeError(meanings[error.why][0], error.message);
	return new HandshakeError("internal-error", messageOf(error));
}

/** Why a session ends on any error. */
export function asSessionEndReason(error: unknown): SessionEndReason {
	return error instanceof PacketRefused ? meanings[error.why][1] : "internal-error";
}

/** A packet of a type that is not allowed at this step. */
export function unexpected(type: number, hint?: string): HandshakeError {
	return new HandshakeError("unexpected-packet", packetName(type) + (hint ? `; ${hint}` : ""));
}
