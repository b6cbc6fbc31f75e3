import { LightweightSecureError, rangeError, typeError } from "../errors.js";
import { copy, toHex } from "../octets.js";
import { OVERHEAD } from "../outbox.js";
import {
	DATA_HEADER,
	decodeFrame,
	EPOCH,
	encodeAck,
	encodeData,
	encodeHello,
	type Hello,
	LAST_NUMBER,
} from "./frames.js";
import { Queue } from "./queue.js";

/** What a stream needs from the session that carries it at the moment. */
export interface Carrier {
	/** The longest message, in octets, that the session's queue takes now. */
	readonly room: number;
	send(frame: Uint8Array): void;
	/** Calls `Stream.flush` soon. */
	flushSoon(): void;
	/** Another session carries the stream now, or the peer violates the protocol, or there is no room for the stream. */
	drop(why: "replaced" | "protocol-error" | "no-capacity"): void;
}

interface Undelivered {
	readonly message: Uint8Array;
	resolve(): void;
	reject(reason: unknown): void;
}

export interface StreamOptions {
	/** 16 octets that identify the device for its lifetime. */
	readonly id: Uint8Array;
	/** 8 fresh random octets, for a new epoch. */
	readonly newEpoch: () => Uint8Array;
	/** Octets that may wait to be acknowledged; each message counts 26 more than its own. */
	readonly maxUndelivered: number;
	/** The longest message. */
	readonly longest: number;
	/** One of the two sides has lost what it remembered: messages may arrive twice. */
	readonly onNewEpoch: () => void;
}

/** What a waiting message counts beside its own octets: the overhead of its frame and of its record. */
export const MESSAGE_OVERHEAD = DATA_HEADER + OVERHEAD;
const NO_EPOCH = new Uint8Array(EPOCH);

const same = (a: Uint8Array, b: Uint8Array) => a.length === b.length && a.every((octet, i) => octet === b[i]);

/** @throws TypeError, RangeError for a message that can never be delivered */
export function checkDeliverable(
	message: Uint8Array,
	{ longest, maxUndelivered }: Pick<StreamOptions, "longest" | "maxUndelivered">,
): void {
	if (!(message instanceof Uint8Array))
		throw typeError("a message is a Uint8Array or, for a client or a session, a string");
	if (message.length > longest)
		throw rangeError(`a delivered message has at most ${longest} octets, and this one has ${message.length}`);
	if (message.length + MESSAGE_OVERHEAD > maxUndelivered)
		throw rangeError(`\`maxUndelivered\` of ${maxUndelivered} never takes a message of ${message.length} octets`);
}

/**
 * Messages that survive their session: numbered, kept until the peer's application has them, sent again in the next session,
 * and delivered once and in order while both sides keep the stream. `docs/protocol.md`, "Acknowledged delivery".
 */
export class Stream {
	/** 32 hex digits. */
	readonly id: string;
	readonly #options: StreamOptions;
	/** The messages that wait to be acknowledged; the first has the number `#first`. */
	readonly #undelivered = new Queue<Undelivered>();
	#octets = 0;
	#first = 0;
	/** The number of the next message to send in the current session, and the number after the highest ever sent. */
	#sent = 0;
	#everSent = 0;
	/** Undefined after this side has given up, until the next one is needed. */
	#epoch: Uint8Array | undefined;
	#peerEpoch: Uint8Array | undefined;
	/** The number after the last message that the application has taken, and after the last that has arrived. */
	#expected = 0;
	#arrived = 0;
	#acknowledged = 0;
	#carrier: Carrier | undefined;
	/** Whether the peer's hello has arrived in the current session. */
	#greeted = false;
	/** Whether this side has given up. */
	#closed = false;

	constructor(options: StreamOptions) {
		this.#options = { ...options, id: copy(options.id) };
		this.id = toHex(options.id);
		this.#epoch = options.newEpoch();
	}

	/** The number of messages that wait to be acknowledged. */
	get undelivered(): number {
		return this.#undelivered.length;
	}

	/** Whether a session carries the stream now. */
	get attached(): boolean {
		return this.#carrier !== undefined;
	}

	/** @internal Whether a message waits to be sent in the current session. */
	get waiting(): boolean {
		return this.#greeted && this.next() !== undefined;
	}

	/** @internal Whether messages flow: both sides have greeted. */
	get ready(): boolean {
		return this.#greeted;
	}

	/**
	 * Keeps a copy of a message, across sessions, until the peer's application has it, and resolves then.
	 * @throws (rejects with) TypeError, RangeError; LightweightSecureError `LST_QUEUE_FULL`, or `LST_NOT_DELIVERED` if this
	 * side gives up
	 */
	async deliver(message: Uint8Array): Promise<void> {
		const { maxUndelivered } = this.#options;
		if (this.#closed)
			throw new LightweightSecureError("LST_NOT_DELIVERED", "this side is closed, or has given the stream up");
		checkDeliverable(message, this.#options);
		if (this.#octets + message.length + MESSAGE_OVERHEAD > maxUndelivered)
			throw new LightweightSecureError(
				"LST_QUEUE_FULL",
				`${this.undelivered} messages wait to be acknowledged and ${message.length} more octets do not fit into \`maxUndelivered\``,
			);
		this.#octets += message.length + MESSAGE_OVERHEAD;
		const delivered = new Promise<void>((resolve, reject) => {
			this.#undelivered.push({ message: copy(message), resolve, reject });
		});
		this.#carrier?.flushSoon();
		return delivered;
	}

	/** @internal Whether this is a peer's hello, and not this side's own from a peer that only echoes. */
	isGreeting(octets: Uint8Array): boolean {
		const frame = decodeFrame(octets);
		return frame?.type === "hello" && !same(frame.epoch, this.epoch);
	}

	/** @internal A session that this side has opened carries the stream from now on: this side sends its hello. */
	attach(carrier: Carrier): void {
		this.take(carrier);
		this.greet();
	}

	/**
	 * @internal A session that the peer has opened carries the stream from now on; the one before is dropped. An impossible hello, which a
	 * later session's may have overtaken, ends its own session only.
	 */
	accept(carrier: Carrier, octets: Uint8Array): void {
		const hello = decodeFrame(octets);
		if (hello?.type !== "hello" || !this.isPossible(hello)) return carrier.drop("protocol-error");
		this.take(carrier);
		this.greet();
		this.meet(hello);
	}

	/** @internal The session has ended. */
	detach(carrier: Carrier): void {
		if (this.#carrier !== carrier) return;
		this.#carrier = undefined;
		this.#greeted = false;
	}

	/** @internal Takes a frame and returns the message to deliver, if it has one; then call `taken`. */
	receive(octets: Uint8Array): Uint8Array | undefined {
		const frame = decodeFrame(octets);
		if (frame?.type === "hello" && !this.#greeted && this.isPossible(frame)) this.meet(frame);
		else if (frame?.type === "ack" && this.#greeted && this.canSettle(frame.next)) this.settle(frame.next);
		else if (frame?.type === "data" && this.#greeted && frame.number === this.#arrived && frame.number < LAST_NUMBER) {
			this.#arrived++;
			return frame.message;
		} else this.#carrier?.drop("protocol-error");
		return undefined;
	}

	/** @internal The application has the oldest message that `receive` has returned and that was not taken yet. */
	taken(): void {
		this.#expected++;
		this.#carrier?.flushSoon();
	}

	/** @internal Sends what is due, as far as there is room: an acknowledgement for all that was taken, then messages. */
	flush(): void {
		const carrier = this.#carrier;
		if (!carrier || !this.#greeted) return;
		if (this.#acknowledged < this.#expected && carrier.room >= DATA_HEADER) {
			this.#acknowledged = this.#expected;
			carrier.send(encodeAck(this.#expected));
		}
		for (let next = this.next(); next && carrier.room >= next.message.length + DATA_HEADER; next = this.next())
			this.sendData(carrier, next.message);
	}

	/** @internal Gives up: nothing that waits is sent any more, and later messages belong to another epoch. */
	abandon(): void {
		const error = new LightweightSecureError(
			"LST_NOT_DELIVERED",
			"this side was closed before the message was acknowledged; whether it was delivered is not known",
		);
		this.#closed = true;
		for (const one of this.#undelivered.clear()) one.reject(error);
		this.#octets = this.#first = this.#sent = this.#everSent = 0;
		this.#epoch = undefined;
	}

	/** @internal This side sends again, after `abandon`. */
	reopen(): void {
		this.#closed = false;
	}

	private get epoch(): Uint8Array {
		this.#epoch ??= this.#options.newEpoch();
		return this.#epoch;
	}

	private sendData(carrier: Carrier, message: Uint8Array): void {
		carrier.send(encodeData(this.#sent, message));
		this.#everSent = Math.max(this.#everSent, ++this.#sent);
	}

	private next(): Undelivered | undefined {
		return this.#undelivered.at(this.#sent - this.#first);
	}

	/** Sends the hello: what this side remembers from before this session. */
	private greet(): void {
		this.#carrier?.send(
			encodeHello({
				streamId: this.#options.id,
				epoch: this.epoch,
				peerEpoch: this.#peerEpoch ?? NO_EPOCH,
				first: this.#first,
				next: this.#peerEpoch ? this.#expected : 0,
			}),
		);
	}

	private take(carrier: Carrier): void {
		const previous = this.#carrier;
		this.#carrier = carrier;
		this.#greeted = false;
		previous?.drop("replaced");
	}

	/** Whether what the peer remembers is compatible with what this side remembers. */
	private isPossible({ streamId, epoch, peerEpoch, first, next }: Hello): boolean {
		if (!same(streamId, this.#options.id) || same(epoch, NO_EPOCH)) return false;
		// Messages that the peer no longer keeps and this side never got would be lost.
		if (this.isKnown(epoch) && first > this.#expected) return false;
		return !same(peerEpoch, this.epoch) || this.canSettle(next);
	}

	private isKnown(epoch: Uint8Array): boolean {
		return this.#peerEpoch !== undefined && same(this.#peerEpoch, epoch);
	}

	private meet({ epoch, peerEpoch, first, next }: Hello): void {
		const knowsThis = same(peerEpoch, this.epoch);
		if (knowsThis) this.settle(next);
		const known = this.isKnown(epoch);
		const someoneNew = (this.#peerEpoch !== undefined && !known) || (!knowsThis && !same(peerEpoch, NO_EPOCH));
		if (!known) {
			this.#peerEpoch = copy(epoch);
			this.#expected = first;
		}
		this.#acknowledged = this.#arrived = this.#expected;
		this.#sent = this.#first;
		this.#greeted = true;
		this.#carrier?.flushSoon();
		if (someoneNew) this.#options.onNewEpoch();
	}

	private canSettle(next: number): boolean {
		return next >= this.#first && next <= this.#everSent;
	}

	/** The peer's application has everything below `next`. */
	private settle(next: number): void {
		for (; this.#first < next; this.#first++) {
			const { message, resolve } = this.#undelivered.shift()!;
			this.#octets -= message.length + MESSAGE_OVERHEAD;
			resolve();
		}
	}
}
