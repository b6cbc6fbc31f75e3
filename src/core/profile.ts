import type { ConnectionOptions } from "./actions.js";
import type { Layouts, Role } from "./codec.js";
import type { Exchange } from "./handshake.js";

export type ProfileName = "secure" | "original";

/** A way to protect the packets that both profiles have in common. `protocol.md`, "Packets". */
export interface Profile {
	readonly name: ProfileName;
	readonly layouts: Layouts;
	/** Who sends HandshakeRequest, and so challenges first. */
	readonly challenger: Role;
	/** Whether the other side challenges back, and the server's first record confirms the session. */
	readonly mutual: boolean;
	/** Octets of a message. */
	readonly shortestMessage: number;
	readonly longestMessage: number;
	/** What who turns it on is told, once in a program. */
	readonly warning?: string;
	exchange(options: ConnectionOptions): Exchange;
	/**
	 * For people: what a peer that sends a packet of `type`, of which `pending` octets are there, or nothing at all, may be.
	 * It comes from octets that nobody has authenticated: no code acts on it.
	 */
	hint(role: Role, type: number | undefined, pending: number): string | undefined;
}
