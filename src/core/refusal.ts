import { packetName } from "./codec.js";
import { HandshakeError, type HandshakeFailureReason, messageOf } from "./errors.js";
import { PacketRefused } from "./parser.js";

const reasons: Readonly<Record<PacketRefused["why"], HandshakeFailureReason>> = Object.freeze({
	"unknown-type": "malformed-packet",
	"unsupported-suite": "unsupported-suite",
	"too-long": "malformed-packet",
	"no-memory": "out-of-memory",
});

/** The handshake error that corresponds to any error. */
export function asHandshakeError(error: unknown): HandshakeError {
	if (error instanceof HandshakeError) return error;
	if (error instanceof PacketRefused) return new HandshakeError(reasons[error.why], error.message);
	return new HandshakeError("internal-error", messageOf(error));
}

/** A packet of a type that is not allowed at this step. */
export function unexpected(type: number, hint?: string): HandshakeError {
	return new HandshakeError("unexpected-packet", packetName(type) + (hint ? `; ${hint}` : ""));
}
