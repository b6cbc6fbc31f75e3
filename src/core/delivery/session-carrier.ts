import { LightweightSecureError } from "../errors.js";
import type { Link } from "../link.js";
import { copy } from "../octets.js";
import { OVERHEAD } from "../outbox.js";
import { Queue } from "./queue.js";
import { type Carrier, checkDeliverable, MESSAGE_OVERHEAD, type Stream } from "./stream.js";

/** A client's or server's configuration of acknowledged delivery, for its sessions. */
export interface Delivery {
	/** A client's stream; a server's sessions find theirs by the peer's hello. */
	readonly stream: Stream | undefined;
	/** Has `carrier` carry the stream that a hello is for: false if it is no hello, "full" if there is no room for another stream. */
	find(hello: Uint8Array, carrier: { carry(stream: Stream): void }): boolean | "full";
	/** Time limit of the peer's hello, in milliseconds. */
	readonly helloTimeout: number;
	/** Octets, 26 a message beside its own, that may wait for their reader while acknowledgements after them are still received. */
	readonly maxUndelivered: number;
	/** The longest message that can be delivered. */
	readonly longest: number;
}

/** What a carrier needs from its session. */
export interface Reader {
	/** Whether there is memory for handing the message out; ends the session if not. */
	hasRoomFor(message: Uint8Array): boolean;
	take(message: Uint8Array): void;
	notify(error: unknown): void;
}

interface Early {
	readonly message: Uint8Array;
	resolve(delivered: Promise<void>): void;
	reject(reason: unknown): void;
}

function unheard(carrier: SessionCarrier): void {
	carrier.unheard();
}

/** A session as the carrier of a stream: takes frames in and hands messages out, of which a limited number wait for their reader. */
export class SessionCarrier implements Carrier {
	private readonly delivery: Delivery;
	private readonly link: Link;
	private readonly reader: Reader;
	/** On a server undefined until the peer has named it. Read only. */
	stream: Stream | undefined;
	/** Messages of `deliver` before the stream is known. */
	private early: Early[] = [];
	private earlyOctets = 0;
	/** Messages that wait for their reader. */
	private readonly held = new Queue<Uint8Array>();
	private heldOctets = 0;
	private draining = false;
	private wanted = false;
	private scheduled = false;
	declare private flushLater: (() => void) | undefined;
	private timer: unknown;
	private over = false;

	constructor(delivery: Delivery, link: Link, reader: Reader) {
		this.delivery = delivery;
		this.stream = delivery.stream;
		this.link = link;
		this.reader = reader;
	}

	get room(): number {
		const { canSend, free } = this.link.connection;
		return canSend && !this.over ? free - OVERHEAD : -1;
	}

	/** The session is established. */
	begin(): void {
		if (!this.link.connection.canSend) return;
		this.timer = this.link.platform.setTimer(unheard, this.delivery.helloTimeout, this);
		this.stream?.attach(this);
	}

	/** The application closes the session: what it has taken is acknowledged first. */
	finish(): void {
		this.stream?.flush();
	}

	/** The session is over; messages that were not taken yet arrive again in the next one. */
	end(reason: unknown): void {
		this.over = true;
		this.held.clear();
		this.link.platform.clearTimer(this.timer);
		this.stream?.detach(this);
		for (const { reject } of this.early.splice(0)) reject(reason);
	}

	async deliver(message: Uint8Array): Promise<void> {
		if (this.stream) return this.stream.deliver(message);
		if (this.over)
			throw new LightweightSecureError("LST_NOT_CONNECTED", "the session has ended before its stream was known");
		checkDeliverable(message, this.delivery);
		const octets = message.length + MESSAGE_OVERHEAD;
		if (this.earlyOctets + octets > this.delivery.maxUndelivered)
			throw new LightweightSecureError(
				"LST_QUEUE_FULL",
				"the messages that wait for the peer's hello fill `maxUndelivered`",
			);
		this.earlyOctets += octets;
		return new Promise((resolve, reject) => this.early.push({ message: copy(message), resolve, reject }));
	}

	/** Whether a reader waits for the next message. Those that are held wait for `drain`, or for another turn. */
	want(on: boolean): void {
		this.wanted = on;
		if (on && this.held.length) this.flushSoon();
	}

	/** Hands out messages that are held while a reader wants them. */
	drain(): void {
		// A reader that comes back for the next message within this call gets it from the loop below.
		if (this.draining) return;
		this.draining = true;
		try {
			while (this.wanted && this.held.length && !this.link.connection.ending) {
				const message = this.held.at(0)!;
				if (!this.reader.hasRoomFor(message)) break;
				this.held.shift();
				this.heldOctets -= message.length + MESSAGE_OVERHEAD;
				this.give(message);
			}
		} finally {
			this.draining = false;
		}
		this.pause();
	}

	receive(octets: Uint8Array): void {
		if (!this.stream) {
			const found = this.delivery.find(octets, this);
			if (found === "full") return this.drop("no-capacity");
			return found ? this.stream!.accept(this, octets) : this.unheard();
		}
		if (!this.stream.ready && !this.stream.isGreeting(octets)) return this.unheard();
		const message = this.stream.receive(octets);
		if (!message) return;
		if (this.wanted && !this.held.length && !this.draining) {
			if (this.reader.hasRoomFor(message)) this.give(message);
			return;
		}
		if (!this.link.canReceive(message.length)) return;
		// A copy, since a view would keep everything that was read with it.
		this.held.push(copy(message));
		this.heldOctets += message.length + MESSAGE_OVERHEAD;
		this.pause();
	}

	/** Lets the stream send what the session's queue has room for. */
	writable(): void {
		if (this.over) return;
		this.stream?.flush();
		// What found no room continues when there is more.
		if (this.stream?.waiting) this.link.connection.expectRoom();
	}

	send(frame: Uint8Array): void {
		if (this.room < frame.length) return;
		this.link.connection.send(frame);
		this.link.flush();
	}

	flushSoon(): void {
		if (this.scheduled || this.over) return;
		this.scheduled = true;
		this.flushLater ??= () => {
			this.scheduled = false;
			this.drain();
			this.writable();
		};
		this.link.platform.soon(this.flushLater);
	}

	drop(why: "replaced" | "protocol-error" | "no-capacity"): void {
		const { connection } = this.link;
		if (why === "replaced") connection.abort();
		else connection.close(why, this.link.platform.now());
		this.link.proceed();
	}

	/** @internal The peer has named the stream. */
	carry(stream: Stream): void {
		this.stream = stream;
		for (const { message, resolve } of this.early.splice(0)) resolve(stream.deliver(message));
	}

	/** Holds the sender back while too much is held. */
	private pause(): void {
		const { connection } = this.link;
		const wasPaused = connection.paused;
		connection.paused = this.heldOctets > this.delivery.maxUndelivered;
		if (wasPaused && !connection.paused) this.link.flush();
	}

	private give(message: Uint8Array): void {
		// Before the application gets it, as it may close the session then.
		this.stream?.taken();
		this.reader.take(message);
	}

	/** The peer's first message is no hello, or the time limit of one is over. */
	unheard(): void {
		if (this.stream?.ready || this.link.connection.ending) return;
		const message = "the peer does not know acknowledged delivery; set `delivery` on both sides or on neither";
		this.reader.notify(new LightweightSecureError("LST_DELIVERY_UNSUPPORTED", message));
		this.drop("protocol-error");
	}
}
