import type { Action, ConnectionCounts, ConnectionOptions } from "./actions.js";
import type { BundleReader } from "./bundle.js";
import type { Suite } from "./codec.js";
import type { SessionEndReason } from "./errors.js";
import { HandshakePhase } from "./handshake-phase.js";
import type { Key } from "./key.js";
import { Liveness } from "./liveness.js";
import { Outbox } from "./outbox.js";
import { Parser } from "./parser.js";
import type { ProfileName } from "./profile.js";
import type { RecordLayer } from "./record-layer.js";

/**
 * What there is of a connection, and what it tells of itself; what happens to it is in `connection.ts`.
 *
 * Here, and in all that a device has one of for each session, what is private is so to TypeScript alone: on XS `#` costs a
 * slot of each object and code in each method. What is seldom there is declared and has no slot until it is set.
 */
export abstract class ConnectionState {
	protected readonly options: ConnectionOptions;
	protected readonly parser: Parser;
	protected readonly outbox: Outbox;
	protected readonly liveness: Liveness;
	protected phase: "starting" | "handshake" | "confirming" | "open" | "closing" | "closed" = "starting";
	protected handshake: HandshakePhase | undefined;
	protected agreedKey: Key | undefined;
	protected agreedSuite: Suite | undefined;
	declare protected ownRequest: Uint8Array | undefined;
	/** What is to be done before anything else. */
	protected actions: Action[] | undefined;
	protected records: RecordLayer | undefined;
	/** A message, or what is left of a bundle of them, that was not delivered yet. */
	protected inbox: Uint8Array | BundleReader | undefined;
	declare protected inputEnded: boolean | undefined;
	/** True from when the queue could not take another longest message until the action "writable", at half of it. */
	declare full: boolean | undefined;
	declare protected closeReason: SessionEndReason;
	/** In this turn the answers to a record, or to half of a long Bundle, leave before the rest is delivered; once. */
	declare protected eager: boolean | undefined;
	/** When the handshake must be finished, or a close written. */
	protected dueBy = Number.NEGATIVE_INFINITY;
	/** While true, messages wait in the connection; everything else goes on. */
	paused = false;
	protected packetsSent = 0;
	protected packetsReceived = 0;
	protected messagesSent = 0;
	protected messagesReceived = 0;
	protected octetsSent = 0;
	protected octetsReceived = 0;

	constructor(options: ConnectionOptions) {
		this.options = options;
		this.parser = new Parser(options);
		this.outbox = new Outbox(options);
		this.liveness = new Liveness(options);
		this.handshake = new HandshakePhase(options);
	}

	/** The handshake key in use; on a server the right one from the time when a request has named it. */
	get key(): Key | undefined {
		return this.handshake?.key ?? this.agreedKey;
	}

	get profile(): ProfileName {
		return this.options.profile.name;
	}

	/** The suite in use; on a server the right one from the time when a request has asked for it. */
	get suite(): Suite | undefined {
		return this.handshake?.suite ?? this.agreedSuite;
	}

	/** Packets, messages and octets until now. */
	get counts(): ConnectionCounts {
		const { packetsSent, packetsReceived, messagesSent, messagesReceived, octetsSent, octetsReceived } = this;
		return { packetsSent, packetsReceived, messagesSent, messagesReceived, octetsSent, octetsReceived };
	}

	/** Whether a packet of the peer's was genuine. */
	get heard(): boolean {
		return this.packetsReceived > 0;
	}

	get closed(): boolean {
		return this.phase === "closed";
	}

	/** True while a message waits because of `paused`, or a packet for another turn: no more octets should be read. */
	get holding(): boolean {
		if (this.phase === "starting" || this.handshake?.held) return true;
		return (this.paused && this.inbox !== undefined) || this.records?.opening === true;
	}

	/** Octets, records' overhead included, that wait to be sent. */
	get queued(): number {
		return this.outbox.queued;
	}

	/** Octets that can still be queued. */
	get free(): number {
		return this.outbox.free;
	}

	/** When `next` must be called at the latest, even if nothing else happens. */
	get deadline(): number {
		if (this.phase === "closed") return Number.POSITIVE_INFINITY;
		if (this.phase === "starting" || this.handshake?.held) return Number.NEGATIVE_INFINITY;
		if (this.records?.opening || this.records?.sealing) return Number.NEGATIVE_INFINITY;
		if (this.phase !== "open" || this.inputEnded) return this.dueBy;
		const keepAlive = this.liveness.writable ? this.liveness.keepAliveAt : Number.POSITIVE_INFINITY;
		return Math.min(keepAlive, this.idleAt, this.liveness.stuckAt);
	}

	/** Octets that have arrived and were not opened: `receive` joins more to them. */
	get unread(): number {
		return this.parser.pending;
	}

	/** Whether this side has ended it, or it is over. */
	get ending(): boolean {
		return this.phase === "closing" || this.phase === "closed";
	}

	/** Whether `send` takes messages: neither side has ended it. */
	get canSend(): boolean {
		return !this.ending && !this.inputEnded;
	}

	/** A message that the application does not take stops the peer's clock. */
	protected get idleAt(): number {
		return this.inbox ? Number.POSITIVE_INFINITY : this.liveness.idleAt;
	}

	/** For people: what it may mean that the peer sends nothing more, or has sent nothing at all. */
	protected get silenceHint(): string | undefined {
		return this.handshake?.silenceHint(this.octetsReceived > 0);
	}
}
