import { BUNDLE_COUNT, BUNDLE_LENGTH, encodeBundle } from "./bundle.js";
import { newRecord, PacketType, payloadOffset } from "./codec.js";
import { LightweightSecureError, rangeError, typeError } from "./errors.js";
import type { Profile } from "./profile.js";

/** The most that a RegularMessage can carry, in octets. `protocol.md`, "Records". */
export const LONGEST_MESSAGE = 0xffff;
/** What a message counts for in the queue beside its own octets, at most: header and tag of its record, and what fills it. */
export const OVERHEAD = payloadOffset(PacketType.RegularMessage);

export interface OutboxOptions {
	/** Octets, overhead included, that may wait. */
	maxQueued: number;
	/** The longest plaintext of a Bundle that gathers waiting messages, in octets; 0 gathers none. */
	maxBundle: number;
	/** Every message travels in a Bundle filled to a multiple of so many octets; 0 hides no lengths. */
	padTo: number;
	/** Says how long messages may be, and how they are laid out. */
	profile: Pick<Profile, "layouts" | "shortestMessage" | "longestMessage">;
}

/** Messages that wait to be sent, in order, each already laid out as the record that it becomes if it travels alone. */
export class Outbox {
	readonly #options: OutboxOptions;
	/** From `#head` on; what was taken before it is let go of, and cut off now and then, since cutting costs its length. */
	#waiting: (Uint8Array | undefined)[] = [];
	#head = 0;
	#queued = 0;
	/** How many messages the record that `take` made last holds. */
	taken = 0;

	constructor(options: OutboxOptions) {
		this.#options = options;
	}

	get empty(): boolean {
		return this.#queued === 0;
	}

	/** Octets that wait, overhead included. */
	get queued(): number {
		return this.#queued;
	}

	/** Octets that can still be queued. */
	get free(): number {
		return Math.max(0, this.#options.maxQueued - this.#queued);
	}

	/**
	 * Copies a whole message into the queue.
	 * @throws TypeError; RangeError above 65,535 octets, 65,531 where padded, or what an empty queue could take, and for what
	 * the `original` profile cannot carry;
	 * LightweightSecureError `LST_QUEUE_FULL`
	 */
	push(message: Uint8Array): void {
		if (!(message instanceof Uint8Array)) throw typeError("a message is a string or a Uint8Array");
		const { padTo, maxQueued, profile } = this.#options;
		const longest = padTo ? LONGEST_MESSAGE - BUNDLE_COUNT - BUNDLE_LENGTH : profile.longestMessage;
		const limit = Math.min(longest, maxQueued - OVERHEAD);
		if (message.length < profile.shortestMessage)
			throw rangeError(`a message of the original profile has at least ${profile.shortestMessage} octet`);
		if (message.length > limit)
			throw rangeError(
				`a message has at most ${limit} octets here, and this one has ${message.length}; send it in parts`,
			);
		if (message.length + OVERHEAD > this.free)
			throw new LightweightSecureError(
				"LST_QUEUE_FULL",
				`${this.#queued} octets wait to be sent and ${message.length} more do not fit into \`maxQueued\`; go on at onWritable`,
			);
		const { layouts } = profile;
		const record = newRecord(PacketType.RegularMessage, message.length, layouts);
		record.set(message, payloadOffset(PacketType.RegularMessage, layouts));
		this.#waiting.push(record);
		this.#queued += record.length;
	}

	/** The next record, unsealed; the caller has looked at `empty`. */
	take(): Uint8Array {
		const { maxBundle, padTo } = this.#options;
		let size = BUNDLE_COUNT + this.#bundledSize(0);
		let count = 1;
		// Where nothing is bundled a record may be of a profile that has no bundles.
		while (maxBundle && this.#head + count < this.#waiting.length && size + this.#bundledSize(count) <= maxBundle)
			size += this.#bundledSize(count++);
		this.taken = count;
		if (!padTo && count === 1) return this.#shift();
		const messages: Uint8Array[] = [];
		while (messages.length < count) messages.push(this.#shift().subarray(OVERHEAD));
		return encodeBundle(messages, padTo ? Math.min(Math.ceil(size / padTo) * padTo, LONGEST_MESSAGE) : size);
	}

	clear(): void {
		this.#waiting = [];
		this.#head = this.#queued = 0;
	}

	#bundledSize(index: number): number {
		return BUNDLE_LENGTH + this.#waiting[this.#head + index]!.length - OVERHEAD;
	}

	#shift(): Uint8Array {
		const record = this.#waiting[this.#head]!;
		this.#waiting[this.#head++] = undefined;
		this.#queued -= record.length;
		if (this.#head === this.#waiting.length || this.#head >= 512) {
			this.#waiting.splice(0, this.#head);
			this.#head = 0;
		}
		return record;
	}
}
