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

/** All that one connection is configured with. Times are in milliseconds, sizes in octets. */
export interface ConnectionOptions extends OutboxOptions, LivenessOptions {
	readonly role: Role;
	readonly profile: Profile;
	readonly crypto: Crypto;
	readonly random: RandomSource;
	readonly registry: Registry;
	/** A client's one key; the keys of a server, which picks by key id and may change them. */
	readonly keys: readonly Key[];
	/** Where a server looks for others, by key id. */
	readonly findKey?: ((keyId: string) => Key | undefined) | undefined;
	/** A client of the `secure` profile asks for the first; a server accepts each of them. */
	readonly suites: readonly Suite[];
	/** There where one of the suites has a share. */
	readonly agreement?: KeyAgreement | undefined;
	/** A server's: the requests that were here before. */
	readonly replays?: Replays | undefined;
	readonly context: Uint8Array;
	/** Whether a server answers a client of its own program. */
	readonly allowSelfConnection: boolean;
	readonly handshakeTimeout: number;
	readonly maxMessage: number;
	/** Whether anybody wants to hear of the packets of the handshake, by "step". */
	readonly steps: boolean;
	/** Records with more octets of text than this are sealed and opened in slices of it, one in a turn. A multiple of 16. */
	readonly slice: number;
	/** A server's: where it is full, a client that has proved that it holds the key gets Disconnect(6) instead of a session. */
	readonly server?: { readonly full: boolean } | undefined;
	/** `Platform.place` */
	readonly place?: ((octets: Uint8Array) => Uint8Array) | undefined;
	/** Whether so many octets can be allocated; always unless set. */
	readonly hasRoom?: ((octets: number) => boolean) | undefined;
}

/** A packet of the handshake, the server's confirmation (a KeepAlive) included, that was sent or received whole. */
export interface HandshakeStep {
	readonly direction: "sent" | "received";
	readonly packet: string;
	/** Octets on the wire. */
	readonly size: number;
}

/** What the connection asks of whoever drives it. The object and its octets are good until `next` is called again. */
export type Action =
	| { readonly type: "write"; readonly octets: Uint8Array; readonly messages: number }
	/** What was written leaves now, even where it is held back to leave in one segment with what follows. */
	| { readonly type: "flush" }
	| { readonly type: "step"; readonly step: HandshakeStep }
	| { readonly type: "established" }
	| { readonly type: "deliver"; readonly message: Uint8Array }
	| { readonly type: "writable"; readonly free: number }
	| { readonly type: "close"; readonly flush: boolean; readonly answered: boolean }
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
