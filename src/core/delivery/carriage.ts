import { LightweightSecureError } from "../errors.js";
import type { Link, Platform } from "../link.js";
import { OVERHEAD } from "../outbox.js";
import type { Carrier, Stream } from "./stream.js";

/** What a client or server tells its sessions of acknowledged delivery. */
export interface Delivery {
	/** A client's stream; a server's sessions find theirs by the other side's hello. */
	readonly stream: Stream | undefined;
	find(hello: Uint8Array): Stream | undefined;
	/** How long the other side's hello may take, in milliseconds. */
	readonly patience: number;
}

/** A session as the carrier of a stream: frames come in, messages go out, one of which may wait for its reader. */
export class Carriage implements Carrier {
	readonly #delivery: Delivery;
	readonly #link: Link;
	readonly #platform: Platform;
	readonly #handOver: (message: Uint8Array) => void;
	readonly #report: (error: unknown) => void;
	#stream: Stream | undefined;
	/** Calls of `deliver` before the stream is known. */
	#early: { resolve(stream: Stream): void; reject(reason: unknown): void }[] = [];
	#held: Uint8Array | undefined;
	#wanted = false;
	#scheduled = false;
	#timer: unknown;
	#over = false;

	constructor(
		delivery: Delivery,
		link: Link,
		platform: Platform,
		handOver: (message: Uint8Array) => void,
		report: (error: unknown) => void,
	) {
		this.#delivery = delivery;
		this.#link = link;
		this.#platform = platform;
		this.#handOver = handOver;
		this.#report = report;
	}

	get stream(): Stream | undefined {
		return this.#stream;
	}

	get room(): number {
		return this.#link.connection.free - OVERHEAD;
	}

	/** The session stands. */
	begin(): void {
		this.#timer = this.#platform.setTimer(() => this.#unheard(), this.#delivery.patience);
		if (!this.#delivery.stream) return;
		this.#carry(this.#delivery.stream);
		this.#delivery.stream.attach(this);
	}

	/** The session is over; a message that was not taken yet comes again in the next. */
	end(reason: unknown): void {
		this.#over = true;
		this.#held = undefined;
		this.#platform.clearTimer(this.#timer);
		this.#stream?.detach(this);
		for (const { reject } of this.#early.splice(0)) reject(reason);
	}

	async deliver(message: Uint8Array): Promise<void> {
		const stream =
			this.#stream ?? (await new Promise<Stream>((resolve, reject) => this.#early.push({ resolve, reject })));
		return stream.deliver(message);
	}

	/** Whether a reader waits for the next message. */
	want(on: boolean): void {
		this.#wanted = on;
		const message = this.#held;
		if (!on || !message) return;
		this.#held = undefined;
		this.#link.connection.paused = false;
		this.#give(message);
	}

	receive(octets: Uint8Array): void {
		if (!this.#stream) {
			const stream = this.#delivery.find(octets);
			if (!stream) return this.drop("protocol-error");
			this.#carry(stream);
			return stream.accept(this, octets);
		}
		const message = this.#stream!.receive(octets);
		if (!message) return;
		if (this.#wanted) return this.#give(message);
		this.#held = message;
		this.#link.connection.paused = true;
	}

	/** Has the stream send what the session's queue has room for. */
	writable(): void {
		if (this.#over) return;
		this.#stream?.flush();
		// What found no room goes on when there is more.
		if (this.#stream?.waiting) this.#link.connection.expectRoom();
	}

	send(frame: Uint8Array): void {
		this.#link.connection.send(frame);
		this.#link.flush();
	}

	flushSoon(): void {
		if (this.#scheduled || this.#over) return;
		this.#scheduled = true;
		this.#platform.soon(() => {
			this.#scheduled = false;
			this.writable();
		});
	}

	drop(why: "replaced" | "protocol-error"): void {
		const { connection } = this.#link;
		if (why === "replaced") connection.abort();
		else connection.close("protocol-error", this.#platform.now());
		this.#link.pump();
	}

	#carry(stream: Stream): void {
		this.#stream = stream;
		for (const { resolve } of this.#early.splice(0)) resolve(stream);
	}

	#give(message: Uint8Array): void {
		this.#handOver(message);
		if (!this.#over) this.#stream?.taken();
	}

	#unheard(): void {
		if (this.#stream?.ready) return;
		const message = "the peer does not know acknowledged delivery; set `delivery` on both sides or on neither";
		this.#report(new LightweightSecureError("LST_DELIVERY_UNSUPPORTED", message));
		this.drop("protocol-error");
	}
}
