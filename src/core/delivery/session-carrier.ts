import { LightweightSecureError } from "../errors.js";
import type { Link } from "../link.js";
import { copy } from "../octets.js";
import { OVERHEAD } from "../outbox.js";
import { type Carrier, MESSAGE_OVERHEAD, type Stream } from "./stream.js";

/** A client's or server's configuration of acknowledged delivery, for its sessions. */
export interface Delivery {
	/** A client's stream; a server's sessions find theirs by the peer's hello. */
	readonly stream: Stream | undefined;
	find(hello: Uint8Array): Stream | "full" | undefined;
	/** Time limit of the peer's hello, in milliseconds. */
	readonly helloTimeout: number;
	/** Octets, 26 a message beside its own, that may wait for their reader while acknowledgements after them are still received. */
	readonly maxUndelivered: number;
}

function unheard(carrier: SessionCarrier): void {
	carrier.unheard();
}

/** A session as the carrier of a stream: takes frames in and hands messages out, of which a limited number wait for their reader. */
export class SessionCarrier implements Carrier {
	private readonly delivery: Delivery;
	private readonly link: Link;
	private readonly handOver: (message: Uint8Array) => void;
	private readonly report: (error: unknown) => void;
	/** Undefined until the peer has named it. Read only. */
	stream: Stream | undefined;
	/** Calls of `deliver` before the stream is known. */
	private early: { resolve(stream: Stream): void; reject(reason: unknown): void }[] = [];
	private held: Uint8Array[] = [];
	private heldOctets = 0;
	private wanted = false;
	private scheduled = false;
	private timer: unknown;
	private over = false;

	constructor(
		delivery: Delivery,
		link: Link,
		handOver: (message: Uint8Array) => void,
		report: (error: unknown) => void,
	) {
		this.delivery = delivery;
		this.link = link;
		this.handOver = handOver;
		this.report = report;
	}

	get room(): number {
		const { canSend, free } = this.link.connection;
		return canSend && !this.over ? free - OVERHEAD : -1;
	}

	/** The session is established. */
	begin(): void {
		if (!this.link.connection.canSend) return;
		this.timer = this.link.platform.setTimer(unheard, this.delivery.helloTimeout, this);
		if (!this.delivery.stream) return;
		this.carry(this.delivery.stream);
		this.delivery.stream.attach(this);
	}

	/** The application closes the session: what it has taken is acknowledged first. */
	finish(): void {
		this.stream?.flush();
	}

	/** The session is over; messages that were not taken yet arrive again in the next one. */
	end(reason: unknown): void {
		this.over = true;
		this.held = [];
		this.link.platform.clearTimer(this.timer);
		this.stream?.detach(this);
		for (const { reject } of this.early.splice(0)) reject(reason);
	}

	async deliver(message: Uint8Array): Promise<void> {
		if (this.over && !this.stream)
			throw new LightweightSecureError("LST_NOT_CONNECTED", "the session has ended before its stream was known");
		const stream =
			this.stream ?? (await new Promise<Stream>((resolve, reject) => this.early.push({ resolve, reject })));
		return stream.deliver(message);
	}

	/** Whether a reader waits for the next message. */
	want(on: boolean): void {
		this.wanted = on;
		while (this.wanted && this.held.length && !this.link.connection.ending) {
			const message = this.held.shift()!;
			this.heldOctets -= message.length + MESSAGE_OVERHEAD;
			this.give(message);
		}
		this.link.connection.paused = this.heldOctets > this.delivery.maxUndelivered;
	}

	receive(octets: Uint8Array): void {
		if (!this.stream) {
			const stream = this.delivery.find(octets);
			if (stream === "full") return this.drop("no-capacity");
			if (!stream) return this.drop("protocol-error");
			this.carry(stream);
			return stream.accept(this, octets);
		}
		const message = this.stream!.receive(octets);
		if (!message) return;
		if (this.wanted) return this.give(message);
		// A copy, since a view would keep everything that was read with it.
		this.held.push(copy(message));
		this.heldOctets += message.length + MESSAGE_OVERHEAD;
		this.link.connection.paused = this.heldOctets > this.delivery.maxUndelivered;
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
		this.link.platform.soon(() => {
			this.scheduled = false;
			this.writable();
		});
	}

	drop(why: "replaced" | "protocol-error" | "no-capacity"): void {
		const { connection } = this.link;
		if (why === "replaced") connection.abort();
		else connection.close(why, this.link.platform.now());
		this.link.proceed();
	}

	private carry(stream: Stream): void {
		this.stream = stream;
		for (const { resolve } of this.early.splice(0)) resolve(stream);
	}

	private give(message: Uint8Array): void {
		// Before the application gets it, as it may close the session then.
		this.stream?.taken();
		this.handOver(message);
	}

	/** The time limit of the peer's hello is over. */
	unheard(): void {
		if (this.stream?.ready || this.link.connection.ending) return;
		const message = "the peer does not know acknowledged delivery; set `delivery` on both sides or on neither";
		this.report(new LightweightSecureError("LST_DELIVERY_UNSUPPORTED", message));
		this.drop("protocol-error");
	}
}
