import { LightweightSecureError } from "../errors.js";
import type { Link } from "../link.js";
import { copy } from "../octets.js";
import { OVERHEAD } from "../outbox.js";
import { type Carrier, MESSAGE_OVERHEAD, type Stream } from "./stream.js";

/** What a client or server tells its sessions of acknowledged delivery. */
export interface Delivery {
	/** A client's stream; a server's sessions find theirs by the other side's hello. */
	readonly stream: Stream | undefined;
	find(hello: Uint8Array): Stream | "full" | undefined;
	/** How long the other side's hello may take, in milliseconds. */
	readonly patience: number;
	/** Octets, 26 a message beside its own, that may wait for their reader, while acknowledgements behind them are still heard. */
	readonly maxUndelivered: number;
}

function unheard(carriage: Carriage): void {
	carriage.unheard();
}

/** A session as the carrier of a stream: frames come in, messages go out, and wait for their reader, so many of them. */
export class Carriage implements Carrier {
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

	/** The session stands. */
	begin(): void {
		if (!this.link.connection.canSend) return;
		this.timer = this.link.platform.setTimer(unheard, this.delivery.patience, this);
		if (!this.delivery.stream) return;
		this.carry(this.delivery.stream);
		this.delivery.stream.attach(this);
	}

	/** The session is closed by its application: what it has taken is acknowledged before that. */
	finish(): void {
		this.stream?.flush();
	}

	/** The session is over; messages that were not taken yet come again in the next. */
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
		// A copy, since it lies in all that was read with it.
		this.held.push(copy(message));
		this.heldOctets += message.length + MESSAGE_OVERHEAD;
		this.link.connection.paused = this.heldOctets > this.delivery.maxUndelivered;
	}

	/** Has the stream send what the session's queue has room for. */
	writable(): void {
		if (this.over) return;
		this.stream?.flush();
		// What found no room goes on when there is more.
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
		// Before the application has it in its hands, since it may close the session then.
		this.stream?.taken();
		this.handOver(message);
	}

	/** The peer's hello has taken too long, unless it has come. */
	unheard(): void {
		if (this.stream?.ready || this.link.connection.ending) return;
		const message = "the peer does not know acknowledged delivery; set `delivery` on both sides or on neither";
		this.report(new LightweightSecureError("LST_DELIVERY_UNSUPPORTED", message));
		this.drop("protocol-error");
	}
}
