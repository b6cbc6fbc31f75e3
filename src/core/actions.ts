import type { Role, Suite } from "./codec.js";
import type { Crypto, KeyAgreement } from "./crypto.js";
import type { HandshakeError, SessionEnd } from "./errors.js";
import type { Key } from "./key.js";
import type { LivenessOptions } from "./liveness.js";
import type { OutboxOptions } from "./outbox.js";
import type { Profile } from "./profile.js";
import type { RandomSource } from "./random.js";
import type { Registry } from "./registry.js";
import type { Replays } from "./replays.js";

/** The whole configuration of a connection. Times are in milliseconds, sizes in octets. */
export interface ConnectionOptions extends OutboxOptions, LivenessOptions {
	readonly role: Role;
	readonly profile: Profile;
	readonly crypto: Crypto;
	readonly random: RandomSource;
	readonly registry: Registry;
	/** A client's one key, or the keys of a server, which selects by key id and may change them. */
	readonly keys: readonly Key[];
	/** Looks up a server's further keys by key id. */
	readonly findKey?: ((keyId: string) => Key | undefined) | undefined;
	/** A client of the `secure` profile asks for the first; a server accepts each of them. */
	readonly suites: readonly Suite[];
	/** Present if one of the suites has a share. */
	readonly agreement?: KeyAgreement | undefined;
	/** On a server: the requests that it has answered lately. */
	readonly replays?: Replays | undefined;
	readonly context: Uint8Array;
	/** Whether a server answers clients in its own program. */
	readonly allowSelfConnection: boolean;
	readonly handshakeTimeout: number;
	readonly maxMessage: number;
	/** Whether the packets of the handshake are reported, as "step". */
	readonly steps: boolean;
	/** Records with more plaintext than this are sealed and opened in slices of this size, one per turn. A multiple of 16. */
	readonly slice: number;
	/** On a server: while it is full, a client that has proved that it holds the key gets Disconnect(6) instead of a session. */
	readonly server?: { readonly full: boolean } | undefined;
	/** `Platform.offHeap` */
	readonly offHeap?: ((octets: Uint8Array) => Uint8Array) | undefined;
	/** Whether that many octets can be allocated. Default: always. */
	readonly hasRoom?: ((octets: number) => boolean) | undefined;
}

/** A packet of the handshake, or the server's confirmation (a KeepAlive), that was sent or received. */
export interface HandshakeStep {
	readonly direction: "sent" | "received";
	readonly packet: string;
	/** Octets on the wire. */
	readonly size: number;
}

/** What the connection asks its driver to do. The object and its octets are valid until `next` is called again. */
/**
 * How a connection is closed: "now", or when what was written has left. Then "asked" by this side's application; "refused" since the peer
 * broke the protocol or was silent; "answered" if the peer has sent its own Disconnect and need not be waited for.
 */
export type Closing = "now" | "asked" | "refused" | "answered";

export type Action =
	| { readonly type: "write"; readonly octets: Uint8Array; readonly messages: number }
	/** What was written is to leave now, not in one segment with what follows. */
	| { readonly type: "flush" }
	| { readonly type: "step"; readonly step: HandshakeStep }
	| { readonly type: "established" }
	| { readonly type: "deliver"; readonly message: Uint8Array }
	| { readonly type: "writable"; readonly free: number }
	| { readonly type: "close"; readonly how: Closing }
	| { readonly type: "failed"; readonly error: HandshakeError }
	| { readonly type: "ended"; readonly end: SessionEnd };

/** Counts since the connection began; packets and octets are those on the wire, the handshake's included. */
export interface ConnectionCounts {
	packetsSent: number;
	packetsReceived: number;
	messagesSent: number;
	messagesReceived: number;
	octetsSent: number;
	octetsReceived: number;
}
