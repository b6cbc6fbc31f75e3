import { PacketType } from "../codec.js";
import type { RecordCipher } from "../crypto.js";
import { wipe } from "../octets.js";
import type { RandomSource } from "../random.js";
import type { Xtea256 } from "./xtea256.js";

/**
 * One direction of an `original` session: messages are enciphered under the session key, everything else is clear, and every
 * record opens, genuine or not. Both directions share one cipher.
 */
export class OriginalDirection implements RecordCipher {
	readonly #cipher: Xtea256;
	readonly #random: RandomSource;

	constructor(cipher: Xtea256, random: RandomSource) {
		this.#cipher = cipher;
		this.#random = random;
	}

	seal(record: Uint8Array, header: number): void {
		this.fill(record, header);
		this.#cipher.encrypt(record, header, record.length);
	}

	open(record: Uint8Array, header: number): boolean {
		this.#cipher.decrypt(record, header, record.length);
		return true;
	}

	*sealing(record: Uint8Array, header: number, slice: number): Generator<void, void, void> {
		this.fill(record, header);
		for (let at = header; at < record.length; at += slice) {
			this.#cipher.encrypt(record, at, Math.min(record.length, at + slice));
			yield;
		}
	}

	*opening(record: Uint8Array, header: number, slice: number): Generator<void, boolean, void> {
		for (let at = header; at < record.length; at += slice) {
			this.#cipher.decrypt(record, at, Math.min(record.length, at + slice));
			yield;
		}
		return true;
	}

	wipe(): void {
		this.#cipher.wipe();
	}

	/** Random octets after the message, up to whole blocks. */
	private fill(record: Uint8Array, header: number): void {
		if (record[0] !== PacketType.RegularMessage) return;
		const end = header + ((record[1]! << 8) | record[2]!);
		if (end === record.length) return;
		const fill = this.#random.draw(record.length - end);
		record.set(fill, end);
		wipe(fill);
	}
}
