import { layHeader, PacketType, payloadOffset } from "./codec.js";

/** Octets that a Bundle adds before all its messages and before each of them. */
export const BUNDLE_COUNT = 2;
export const BUNDLE_LENGTH = 2;

const BEGIN = payloadOffset(PacketType.Bundle);

/** Gathers messages, at least one, in an unsealed Bundle record. */
export class BundleWriter {
	private record: Uint8Array;
	private readonly most: number;
	private end = BEGIN + BUNDLE_COUNT;
	count = 0;

	/**
	 * @param size octets of plaintext that it has room for at first
	 * @param most octets of plaintext that it will have at most, padding not included
	 */
	constructor(size: number, most = size) {
		this.record = new Uint8Array(BEGIN + size);
		this.most = BEGIN + most;
	}

	/** Octets of plaintext so far. */
	get size(): number {
		return this.end - BEGIN;
	}

	/** Appends a copy of a message. */
	push(message: Uint8Array): void {
		const end = this.end + BUNDLE_LENGTH + message.length;
		if (end > this.record.length) this.grow(Math.max(end, Math.min(2 * this.record.length, this.most)));
		this.record[this.end] = message.length >> 8;
		this.record[this.end + 1] = message.length & 0xff;
		this.record.set(message, this.end + BUNDLE_LENGTH);
		this.end = end;
		this.count++;
	}

	/** The record, its plaintext padded with zeros to `size` octets. */
	finish(size = this.size): Uint8Array {
		if (BEGIN + size > this.record.length) this.grow(BEGIN + size);
		const record = this.record.subarray(0, BEGIN + size);
		layHeader(record, PacketType.Bundle, size);
		record[BEGIN] = this.count >> 8;
		record[BEGIN + 1] = this.count & 0xff;
		return record;
	}

	private grow(length: number): void {
		const record = new Uint8Array(length);
		record.set(this.record.subarray(0, this.end));
		this.record = record;
	}
}

/**
 * The messages of an opened Bundle, handed out one by one after the whole of it has been checked. `protocol.md`,
 * "Records": a cover record has none; an octet other than zero after the last one is an error.
 */
export class BundleReader {
	private readonly plain: Uint8Array;
	private left: number;
	private at = BUNDLE_COUNT;

	private constructor(plain: Uint8Array, count: number) {
		this.plain = plain;
		this.left = count;
	}

	/** A reader, or undefined if the Bundle is malformed. */
	static check(plain: Uint8Array): BundleReader | undefined {
		if (plain.length < BUNDLE_COUNT) return undefined;
		const count = u16At(plain, 0);
		let at = BUNDLE_COUNT;
		for (let i = 0; i < count; i++) {
			if (at + BUNDLE_LENGTH > plain.length) return undefined;
			at += BUNDLE_LENGTH + u16At(plain, at);
		}
		if (at > plain.length) return undefined;
		while (at < plain.length) if (plain[at++]) return undefined;
		return new BundleReader(plain, count);
	}

	/** Whether all messages were handed out. */
	get empty(): boolean {
		return this.left === 0;
	}

	/** Whether at least half of the octets were handed out. */
	get half(): boolean {
		return 2 * this.at >= this.plain.length;
	}

	/** The next message, or undefined after the last one. */
	next(): Uint8Array | undefined {
		if (!this.left) return undefined;
		this.left--;
		const begin = this.at + BUNDLE_LENGTH;
		this.at = begin + u16At(this.plain, this.at);
		return this.plain.subarray(begin, this.at);
	}
}

/** The number of messages in an unsealed record. */
export function messagesIn(record: Uint8Array): number {
	return record[0] === PacketType.Bundle ? u16At(record, BEGIN) : 1;
}

function u16At(octets: Uint8Array, at: number): number {
	return (octets[at]! << 8) | octets[at + 1]!;
}
