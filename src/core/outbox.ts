import { BUNDLE_COUNT, BUNDLE_LENGTH, BundleWriter } from "./bundle.js";
import { newRecord, PacketType, payloadOffset } from "./codec.js";
import { LightweightSecureError, rangeError, typeError } from "./errors.js";
import type { Profile } from "./profile.js";

/** The most that a RegularMessage can carry, in octets. `protocol.md`, "Records". */
export const LONGEST_MESSAGE = 0xffff;
/** The longest message that a Bundle can carry alone. */
export const LONGEST_BUNDLED = LONGEST_MESSAGE - BUNDLE_COUNT - BUNDLE_LENGTH;
/** The most that a message counts in the queue beside its own octets: its record's header and tag, and padding. */
export const OVERHEAD = payloadOffset(PacketType.RegularMessage);

export interface OutboxOptions {
	/** Octets, overhead included, that may wait. */
	maxQueued: number;
	/** The longest plaintext of a Bundle of waiting messages, in octets; 0: no Bundles. */
	maxBundle: number;
	/** Every message travels in a Bundle padded to a multiple of this many octets; 0 hides no lengths. */
	padTo: number;
	/** Determines how long messages may be, and their layout. */
	profile: Pick<Profile, "layouts" | "shortestMessage" | "longestMessage">;
}

/** Messages that wait to be sent, in order, already laid out as the records in which they travel. */
export class Outbox {
	private readonly options: OutboxOptions;
	/**
	 * A RegularMessage for a message that waits alone, a Bundle for those that wait together. The queue begins at `head`: taken
	 * entries before it are cleared at once, but removed only now and then, since that costs as much as the queue is long.
	 */
	private waiting: (Uint8Array | BundleWriter | undefined)[] | undefined;
	private head = 0;
	/** Octets that wait, overhead included. Read only. */
	queued = 0;
	/** The size of the last Bundle, as a guess for the next. */
	declare private lastSize: number | undefined;

	constructor(options: OutboxOptions) {
		this.options = options;
	}

	get empty(): boolean {
		return this.queued === 0;
	}

	/** Octets that can still be queued. */
	get free(): number {
		return Math.max(0, this.options.maxQueued - this.queued);
	}

	/**
	 * Copies a whole message into the queue.
	 * @throws TypeError; RangeError above 65,535 octets, 65,531 with padding, or what an empty queue could take, and for what
	 * the `original` profile cannot carry; LightweightSecureError `LST_QUEUE_FULL`
	 */
	push(message: Uint8Array): void {
		if (!(message instanceof Uint8Array)) throw typeError("a message is a string or a Uint8Array");
		const { padTo, maxQueued, profile } = this.options;
		const longest = padTo ? LONGEST_BUNDLED : profile.longestMessage;
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
				`${this.queued} octets wait to be sent and ${message.length} more do not fit into \`maxQueued\`; go on at onWritable`,
			);
		if (this.gather(message)) {
			this.queued += message.length + OVERHEAD;
			return;
		}
		const { layouts } = profile;
		const record = newRecord(PacketType.RegularMessage, message.length, layouts);
		record.set(message, payloadOffset(PacketType.RegularMessage, layouts));
		this.waiting ??= [];
		this.waiting.push(record);
		this.queued += record.length;
	}

	/** Adds a message to the last one or Bundle that waits; false if there is none, or it does not fit. */
	private gather(message: Uint8Array): boolean {
		const { maxBundle } = this.options;
		const waiting = this.waiting;
		// Without bundling, the profile may be one that has no Bundles.
		if (!maxBundle || !waiting) return false;
		const last = waiting.length - 1;
		const before = waiting[last]!;
		const alone = before instanceof Uint8Array;
		const size = alone ? BUNDLE_COUNT + BUNDLE_LENGTH + before.length - OVERHEAD : before.size;
		if (size + BUNDLE_LENGTH + message.length > maxBundle) return false;
		if (!alone) before.push(message);
		else {
			const bundle = new BundleWriter(Math.max(this.lastSize ?? 0, size + BUNDLE_LENGTH + message.length), maxBundle);
			bundle.push(before.subarray(OVERHEAD));
			bundle.push(message);
			waiting[last] = bundle;
		}
		return true;
	}

	/** The next record, unsealed. Only if not `empty`. */
	take(): Uint8Array {
		const { padTo } = this.options;
		let next = this.shift();
		if (next instanceof Uint8Array) {
			this.queued -= next.length;
			if (!padTo) return next;
			const message = next.subarray(OVERHEAD);
			next = new BundleWriter(BUNDLE_COUNT + BUNDLE_LENGTH + message.length);
			next.push(message);
		} else {
			const { count, size } = next;
			this.lastSize = size;
			this.queued -= size - BUNDLE_COUNT + count * (OVERHEAD - BUNDLE_LENGTH);
		}
		return next.finish(padTo ? Math.min(Math.ceil(next.size / padTo) * padTo, LONGEST_MESSAGE) : next.size);
	}

	clear(): void {
		this.waiting = undefined;
		this.head = this.queued = 0;
	}

	private shift(): Uint8Array | BundleWriter {
		const waiting = this.waiting!;
		const next = waiting[this.head]!;
		waiting[this.head++] = undefined;
		if (this.head === waiting.length) {
			this.waiting = undefined;
			this.head = 0;
		} else if (this.head >= 512) {
			waiting.splice(0, this.head);
			this.head = 0;
		}
		return next;
	}
}
