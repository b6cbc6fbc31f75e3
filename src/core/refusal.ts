import { PacketType, packetName, type Role } from "./codec.js";
import { HandshakeError, type HandshakeFailureReason } from "./errors.js";
import { PacketRefused } from "./parser.js";

const reasons: Readonly<Record<PacketRefused["why"], HandshakeFailureReason>> = Object.freeze({
	"unknown-type": "malformed-packet",
	"unsupported-suite": "unsupported-suite",
	"too-long": "malformed-packet",
});

/** What any error means for a handshake. */
export function asHandshakeError(error: unknown): HandshakeError {
	if (error instanceof HandshakeError) return error;
	if (error instanceof PacketRefused) return new HandshakeError(reasons[error.why], error.message);
	return new HandshakeError("internal-error", error instanceof Error ? error.message : String(error));
}

/** Octets of the HandshakeRequest with which a server of the `original` profile greets. */
const ORIGINAL_REQUEST = 25;

/** A hint for a person, from octets that nobody has authenticated: no code acts on it. */
export function greeting(role: Role, type: number, pending: number): string {
	const original = role === "client" && type === PacketType.HandshakeRequest && pending === ORIGINAL_REQUEST;
	return original ? "; it looks like a server of the original profile" : "";
}

/** A packet of a type that is not allowed at this step. */
export function unexpected(type: number, hint = ""): HandshakeError {
	return new HandshakeError("unexpected-packet", packetName(type) + hint);
}
