const BLOCK = 8;
const DELTA = 0x9e3779b9 | 0;

/**
 * XTEA256 as in the C++ library: XTEA's rounds with a key of eight words, in ECB. `protocol.md`, "The `original`
 * profile". All arithmetic is on 32-bit integers and in place: nothing is allocated after construction.
 */
export class Xtea256 {
	/** What each half of each round adds: `sum + key[…]`. */
	readonly #schedule: Int32Array;

	/**
	 * @param key 32 octets, eight little-endian words
	 * @param rounds 1 to 128
	 */
	constructor(key: Uint8Array, rounds: number) {
		const view = new DataView(key.buffer, key.byteOffset, key.byteLength);
		const word = (index: number) => view.getInt32(4 * index, true);
		this.#schedule = new Int32Array(2 * rounds);
		for (let i = 0, sum = 0; i < 2 * rounds; i += 2) {
			this.#schedule[i] = sum + word(sum & 7);
			sum = (sum + DELTA) | 0;
			this.#schedule[i + 1] = sum + word((sum >>> 11) & 7);
		}
	}

	/** Enciphers whole blocks from `from` to `to`. */
	encrypt(octets: Uint8Array, from: number, to: number): void {
		const schedule = this.#schedule;
		const { length } = schedule;
		for (let at = from; at < to; at += BLOCK) {
			let a = readWord(octets, at);
			let b = readWord(octets, at + 4);
			for (let i = 0; i < length; i += 2) {
				a = (a + ((((b << 4) ^ (b >>> 5)) + b) ^ schedule[i]!)) | 0;
				b = (b + ((((a << 4) ^ (a >>> 5)) + a) ^ schedule[i + 1]!)) | 0;
			}
			writeWord(octets, at, a);
			writeWord(octets, at + 4, b);
		}
	}

	/** Deciphers whole blocks from `from` to `to`. */
	decrypt(octets: Uint8Array, from: number, to: number): void {
		const schedule = this.#schedule;
		const { length } = schedule;
		for (let at = from; at < to; at += BLOCK) {
			let a = readWord(octets, at);
			let b = readWord(octets, at + 4);
			for (let i = length - 2; i >= 0; i -= 2) {
				b = (b - ((((a << 4) ^ (a >>> 5)) + a) ^ schedule[i + 1]!)) | 0;
				a = (a - ((((b << 4) ^ (b >>> 5)) + b) ^ schedule[i]!)) | 0;
			}
			writeWord(octets, at, a);
			writeWord(octets, at + 4, b);
		}
	}

	wipe(): void {
		this.#schedule.fill(0);
	}
}

function readWord(octets: Uint8Array, at: number): number {
	return octets[at]! | (octets[at + 1]! << 8) | (octets[at + 2]! << 16) | (octets[at + 3]! << 24);
}

function writeWord(octets: Uint8Array, at: number, word: number): void {
	octets[at] = word;
	octets[at + 1] = word >> 8;
	octets[at + 2] = word >> 16;
	octets[at + 3] = word >> 24;
}
