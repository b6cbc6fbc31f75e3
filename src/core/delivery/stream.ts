import { LightweightSecureError, rangeError, typeError } from "../errors.js";
import { copy, toHex } from "../octets.js";
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

/** What a stream asks of the session that carries it at the moment. */
export interface Carrier {
	/** Octets of a message that the session's queue takes now. */
	readonly room: number;
	send(frame: Uint8Array): void;
	/** Has `Stream.flush` called soon. */
	flushSoon(): void;
	/** The stream is carried by another session now, or its peer does not keep to the protocol. */
	drop(why: "replaced" | "protocol-error" | "no-capacity"): void;
}

interface Undelivered {
	readonly message: Uint8Array;
	resolve(): void;
	reject(reason: unknown): void;
}

export interface StreamOptions {
	/** 16 octets that last as long as the device; the other side knows it by them. */
	readonly id: Uint8Array;
	/** 8 fresh random octets, for a new epoch. */
	readonly newEpoch: () => Uint8Array;
	/** Octets, 26 a message beside its own, that may wait to be acknowledged. */
	readonly maxUndelivered: number;
	/** The longest message. */
	readonly longest: number;
	/** One of the two sides has lost what it remembered: messages may come twice. */
	readonly onNewEpoch: () => void;
}

/** What a message that waits counts for beside its own octets: its frame's and its record's header. */
export const MESSAGE_OVERHEAD = DATA_HEADER + 19;
const nobody = new Uint8Array(EPOCH);

const same = (a: Uint8Array, b: Uint8Array) => a.length === b.length && a.every((octet, i) => octet === b[i]);

/**
 * Messages that survive their session: numbered, kept until the other side's application has them, sent again on the next
 * session, and handed over once and in order while both sides keep the stream. `docs/protocol.md`, "Acknowledged delivery".
 */
export class Stream {
	/** 32 hex digits. */
	readonly id: string;
	readonly #options: StreamOptions;
	/** What waits to be acknowledged; the first of it has the number `#first`. */
	#undelivered: Undelivered[] = [];
	#octets = 0;
	#first = 0;
	/** The number of the next message to be sent in the current session, and the one behind all that ever were. */
	#sent = 0;
	#everSent = 0;
	/** Undefined until it is needed where this side has given up. */
	#epoch: Uint8Array | undefined;
	#peerEpoch: Uint8Array | undefined;
	/** The number behind the last that the application has taken, and behind the last that has arrived. */
	#expected = 0;
	#arrived = 0;
	#acknowledged = 0;
	#carrier: Carrier | undefined;
	/** Whether the other side's hello has come in it. */
	#greeted = false;
	/** Whether this side has given up. */
	#closed = false;

	constructor(options: StreamOptions) {
		this.#options = { ...options, id: copy(options.id) };
		this.id = toHex(options.id);
		this.#epoch = options.newEpoch();
	}

	/** Messages that wait to be acknowledged. */
	get undelivered(): number {
		return this.#undelivered.length;
	}

	/** Whether a session carries it now. */
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
	 * Keeps a copy of a message until the other side's application has it, across sessions, and resolves then.
	 * @throws (rejects with) TypeError, RangeError; LightweightSecureError `LST_QUEUE_FULL`, or `LST_NOT_DELIVERED` where
	 * this side gives up
	 */
	async deliver(message: Uint8Array): Promise<void> {
		const { longest, maxUndelivered } = this.#options;
		if (this.#closed)
			throw new LightweightSecureError("LST_NOT_DELIVERED", "this side is closed, or has given the stream up");
		if (!(message instanceof Uint8Array)) throw typeError("a message is a string or a Uint8Array");
		if (message.length > longest)
			throw rangeError(`a delivered message has at most ${longest} octets, and this one has ${message.length}`);
		if (message.length + MESSAGE_OVERHEAD > maxUndelivered)
			throw rangeError(`\`maxUndelivered\` of ${maxUndelivered} never takes a message of ${message.length} octets`);
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

	/** @internal A session of this side's making carries the stream from now on: this side says hello. */
	attach(carrier: Carrier): void {
		this.take(carrier);
		this.greet();
	}

	/**
	 * @internal A session of the other side's making carries the stream from now on; one that did before is dropped. A hello that cannot be,
	 * since it has been overtaken by a later session's, say, changes nothing.
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

	/** @internal Takes a frame and answers the message that is to be handed over, if it is one; `taken` follows then. */
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

	/** @internal The application has the oldest message that `receive` has answered and it had not taken. */
	taken(): void {
		this.#expected++;
		this.#carrier?.flushSoon();
	}

	/** @internal Sends what is due and has room: an acknowledgement for all that was taken, then messages. */
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

	/** @internal Gives up: nothing of what waits is sent any more, and what comes later belongs to another epoch. */
	abandon(): void {
		const error = new LightweightSecureError(
			"LST_NOT_DELIVERED",
			"this side was closed before the message was acknowledged; whether it was delivered is not known",
		);
		this.#closed = true;
		for (const { reject } of this.#undelivered.splice(0)) reject(error);
		this.#octets = this.#first = this.#sent = this.#everSent = 0;
		this.#epoch = undefined;
	}

	/** @internal This side goes on. */
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
		return this.#undelivered[this.#sent - this.#first];
	}

	/** What this side remembers of the other from before this session. */
	private greet(): void {
		this.#carrier?.send(
			encodeHello({
				streamId: this.#options.id,
				epoch: this.epoch,
				peerEpoch: this.#peerEpoch ?? nobody,
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

	/** Whether what the other side remembers can be, by what this one does. */
	private isPossible({ streamId, epoch, peerEpoch, first, next }: Hello): boolean {
		if (!same(streamId, this.#options.id) || same(epoch, nobody)) return false;
		// What the other side no longer keeps and this one has not got would be lost.
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
		const someoneNew = (this.#peerEpoch !== undefined && !known) || (!knowsThis && !same(peerEpoch, nobody));
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

	/** The other side's application has everything below `next`. */
	private settle(next: number): void {
		for (; this.#first < next; this.#first++) {
			const { message, resolve } = this.#undelivered.shift()!;
			this.#octets -= message.length + MESSAGE_OVERHEAD;
			resolve();
		}
	}
}
