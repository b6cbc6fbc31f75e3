import { HandshakeError, LightweightSecureError, SessionEnd } from "../../core/errors.js";

/** The command's exit codes. */
export const Exit = { done: 0, usage: 1, lost: 2, handshakeFailed: 3, sessionError: 4 } as const;

/** An error of which the user sees the message only. */
export class UsageError extends Error {}

/** The exit code of an ended session, a failed handshake or another error. */
export function exitCodeFor(error: unknown): number {
	if (error instanceof HandshakeError)
		return ["refused", "unreachable", "aborted"].includes(error.reason) ? Exit.lost : Exit.handshakeFailed;
	if (error instanceof SessionEnd) {
		if (error.clean) return Exit.done;
		return error.by === "network" ? Exit.lost : Exit.sessionError;
	}
	return Exit.usage;
}

/** Whether a user's input can cause `error`, so that its message suffices. */
export function isExpected(error: unknown): error is Error {
	if (error instanceof UsageError || error instanceof LightweightSecureError) return true;
	return error instanceof Error && "code" in error && /^(LST_|E[A-Z]+$)/.test(String(error.code));
}
