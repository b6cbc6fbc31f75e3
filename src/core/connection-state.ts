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
 * The state of a connection and what it reports about itself; its behaviour is in `connection.ts`.
 *
 * Here, and in everything else that exists once per session on a device, members are private to TypeScript only: on XS `#` costs
 * each object a slot, and code in each method. Members that are rarely set are declared only, and have no slot until then.
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
	/** To be done before anything else. */
	protected actions: Action[] | undefined;
	protected records: RecordLayer | undefined;
	/** A message, or the rest of a Bundle, that was not delivered yet. */
	protected inbox: Uint8Array | BundleReader | undefined;
	declare protected inputEnded: boolean | undefined;
	/** True from when the queue has no room for a longest message until it is half empty, when "writable" comes. */
	declare full: boolean | undefined;
	declare protected closeReason: SessionEndReason;
	/** Once in this turn, the answers to a record, or to half of a long Bundle, leave before the rest is delivered. */
	declare protected eager: boolean | undefined;
	/** When the handshake, or a close, must be finished. */
	protected dueBy = Number.NEGATIVE_INFINITY;
	/** While true, messages wait in the connection; everything else continues. */
	paused = false;
	/** The same until the next turn of the event loop. */
	declare resting: boolean | undefined;
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

	/** The handshake key; on a server it is known once a request has named it. */
	get key(): Key | undefined {
		return this.handshake?.key ?? this.agreedKey;
	}

	get profile(): ProfileName {
		return this.options.profile.name;
	}

	/** The suite; on a server it is known once a request has asked for it. */
	get suite(): Suite | undefined {
		return this.handshake?.suite ?? this.agreedSuite;
	}

	/** Packets, messages and octets so far. */
	get counts(): ConnectionCounts {
		const { packetsSent, packetsReceived, messagesSent, messagesReceived, octetsSent, octetsReceived } = this;
		return { packetsSent, packetsReceived, messagesSent, messagesReceived, octetsSent, octetsReceived };
	}

	/** Whether a packet has arrived whole: one that is not genuine ends the connection in the same call. */
	get heard(): boolean {
		return this.packetsReceived > 0;
	}

	/** Whether there is a session, and this side has not closed it. */
	get inSession(): boolean {
		return this.phase === "open";
	}

	get closed(): boolean {
		return this.phase === "closed";
	}

	/** True while a message waits because of `paused` or `resting`, or a packet waits for another turn: nothing more should be read. */
	get holding(): boolean {
		if (this.phase === "starting" || this.handshake?.held) return true;
		return ((this.paused || this.resting === true) && this.inbox !== undefined) || this.records?.opening === true;
	}

	/** Octets that wait to be sent, records' overhead included. */
	get queued(): number {
		return this.outbox.queued;
	}

	/** Octets that can still be queued. */
	get free(): number {
		return this.outbox.free;
	}

	/** When `next` must be called at the latest. */
	get deadline(): number {
		if (this.phase === "closed") return Number.POSITIVE_INFINITY;
		if (this.phase === "starting" || this.handshake?.held) return Number.NEGATIVE_INFINITY;
		if (this.records?.opening || this.records?.sealing) return Number.NEGATIVE_INFINITY;
		if (this.phase !== "open" || this.inputEnded) return this.dueBy;
		const keepAlive = this.liveness.writable ? this.liveness.keepAliveAt : Number.POSITIVE_INFINITY;
		return Math.min(keepAlive, this.idleAt, this.liveness.stuckAt);
	}

	/** Octets that have arrived and were not parsed yet; `receive` appends to them. */
	get unread(): number {
		return this.parser.pending;
	}

	/** Whether this side has closed it, or it is over. */
	get ending(): boolean {
		return this.phase === "closing" || this.phase === "closed";
	}

	/** Whether `send` takes messages, as neither side has ended it. */
	get canSend(): boolean {
		return !this.ending && !this.inputEnded;
	}

	/** Whether it is over, or lasts only for messages that have arrived and wait for the application. */
	get lost(): boolean {
		return this.phase === "closed" || this.inputEnded === true;
	}

	/** How long a close may take, in milliseconds. */
	get closeTimeout(): number {
		return this.liveness.closeTimeout;
	}

	/** When the peer counts as silent; never while a message waits for the application. */
	protected get idleAt(): number {
		return this.inbox ? Number.POSITIVE_INFINITY : this.liveness.idleAt;
	}

	/** For people: what it may mean that the peer has stopped sending, or never sent anything. */
	protected get silenceHint(): string | undefined {
		return this.handshake?.silenceHint(this.octetsReceived > 0);
	}
}
