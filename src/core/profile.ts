import type { ConnectionOptions } from "./actions.js";
import type { Layouts, Role } from "./codec.js";
import type { Exchange } from "./handshake.js";

export type ProfileName = "secure" | "original";

/** How the packets, which all profiles have in common, are protected. `protocol.md`, "Packets". */
export interface Profile {
	readonly name: ProfileName;
	readonly layouts: Layouts;
	/** The side that sends HandshakeRequest, and so challenges first. */
	readonly challenger: Role;
	/** Whether the other side challenges back, and the server's first record confirms the session. */
	readonly mutual: boolean;
	/** Octets of a message. */
	readonly shortestMessage: number;
	readonly longestMessage: number;
	/** Given, once per program, when it is turned on. */
	readonly warning?: string;
	exchange(options: ConnectionOptions): Exchange;
	/**
	 * For people: what a peer may be that sends a packet of `type`, of which `pending` octets are there, or that sends nothing. It
	 * is derived from octets that are not authenticated: no code acts on it.
	 */
	hint(role: Role, type: number | undefined, pending: number): string | undefined;
}
