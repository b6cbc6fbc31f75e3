import { newRecord, PacketType, payloadOffset } from "./codec.js";

/** Octets that a bundle adds in front of its messages and in front of each of them. */
export const BUNDLE_COUNT = 2;
export const BUNDLE_LENGTH = 2;

/** An unsealed Bundle record of `messages`, its plaintext filled with zeros to `size` octets. */
export function encodeBundle(messages: readonly Uint8Array[], size: number): Uint8Array {
	const record = newRecord(PacketType.Bundle, size);
	let at = payloadOffset(PacketType.Bundle);
	const u16 = (value: number) => {
		record[at++] = value >> 8;
		record[at++] = value & 0xff;
	};
	u16(messages.length);
	for (const message of messages) {
		u16(message.length);
		record.set(message, at);
		at += message.length;
	}
	return record;
}

/**
 * The messages of an opened Bundle, handed out one by one once the whole of it has been checked. `protocol.md`,
 * "Records": a cover record has none; an octet other than zero behind the last one is an error.
 */
export class BundleReader {
	readonly #plain: Uint8Array;
	#left: number;
	#at = BUNDLE_COUNT;

	private constructor(plain: Uint8Array, count: number) {
		this.#plain = plain;
		this.#left = count;
	}

	/** A reader, or undefined where the bundle is malformed. */
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

	/** The next message, or undefined behind the last one. */
	next(): Uint8Array | undefined {
		if (!this.#left) return undefined;
		this.#left--;
		const begin = this.#at + BUNDLE_LENGTH;
		this.#at = begin + u16At(this.#plain, this.#at);
		return this.#plain.subarray(begin, this.#at);
	}
}

function u16At(octets: Uint8Array, at: number): number {
	return (octets[at]! << 8) | octets[at + 1]!;
}
