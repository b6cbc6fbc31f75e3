import { type Aead, TAG } from "./crypto.js";
import { equalInConstantTime, wipe } from "./octets.js";

const BLOCK = 16;

/** AES-256 under one key in the two modes that CCM is made of. */
export interface AesModes {
	/** Begins a CBC chain with an all-zero IV. */
	cbcBegin(): void;
	/** Enciphers whole blocks on the chain and puts the last ciphertext block into `mac` (16 octets). */
	cbcFeed(blocks: Uint8Array, mac: Uint8Array): void;
	/** XORs the key stream that begins with counter block `counter` (16 octets) into `octets`, in place. */
	ctr(counter: Uint8Array, octets: Uint8Array): void;
	wipe(): void;
}

/** AES-256-CCM over native block modes: the CBC-MAC laid in front of the text, then one CTR pass over both. */
export class Ccm implements Aead {
	readonly #aes: AesModes;
	readonly #block = new Uint8Array(BLOCK);
	readonly #mac = new Uint8Array(BLOCK);

	constructor(aes: AesModes) {
		this.#aes = aes;
	}

	seal(nonce: Uint8Array, additional: Uint8Array, box: Uint8Array): void {
		this.#checkSizes(nonce, additional, box);
		this.#authenticate(nonce, additional, box.subarray(TAG));
		box.set(this.#mac);
		this.#aes.ctr(this.#firstCounter(nonce), box);
	}

	open(nonce: Uint8Array, additional: Uint8Array, box: Uint8Array): boolean {
		this.#checkSizes(nonce, additional, box);
		this.#aes.ctr(this.#firstCounter(nonce), box);
		const text = box.subarray(TAG);
		this.#authenticate(nonce, additional, text);
		const genuine = equalInConstantTime(this.#mac, box.subarray(0, TAG));
		if (!genuine) wipe(text);
		wipe(this.#mac);
		return genuine;
	}

	wipe(): void {
		this.#aes.wipe();
		wipe(this.#block, this.#mac);
	}

	#checkSizes(nonce: Uint8Array, additional: Uint8Array, box: Uint8Array): void {
		if (nonce.length < 7 || nonce.length > 13) throw new RangeError("a CCM nonce has 7 to 13 octets");
		if (additional.length >= 0xff00) throw new RangeError("CCM takes at most 65,279 octets of additional data here");
		const limit = nonce.length === 13 ? 0xffff : 0xffffff;
		if (box.length < TAG || box.length - TAG > limit) throw new RangeError("this text is too long for its CCM nonce");
	}

	/** RFC 3610 §2.3: A_0 is `flags ‖ nonce ‖ 0`. */
	#firstCounter(nonce: Uint8Array): Uint8Array {
		const block = this.#block;
		block.fill(0);
		block[0] = 14 - nonce.length;
		block.set(nonce, 1);
		return block;
	}

	/** RFC 3610 §2.2: the CBC-MAC over B_0, the additional data behind its length, and the text. */
	#authenticate(nonce: Uint8Array, additional: Uint8Array, text: Uint8Array): void {
		const aes = this.#aes;
		const mac = this.#mac;
		const first = this.#firstCounter(nonce);
		first[0]! |= (additional.length ? 0x40 : 0) | (((TAG - 2) / 2) << 3);
		for (let i = 15, rest = text.length; rest; i--, rest >>= 8) first[i] = rest & 0xff;
		aes.cbcBegin();
		aes.cbcFeed(first, mac);
		if (additional.length) {
			const padded = new Uint8Array(Math.ceil((2 + additional.length) / BLOCK) * BLOCK);
			padded[0] = additional.length >> 8;
			padded[1] = additional.length & 0xff;
			padded.set(additional, 2);
			aes.cbcFeed(padded, mac);
		}
		const whole = text.length - (text.length % BLOCK);
		if (whole) aes.cbcFeed(text.subarray(0, whole), mac);
		if (whole < text.length) {
			const block = this.#block;
			block.fill(0);
			block.set(text.subarray(whole));
			aes.cbcFeed(block, mac);
			wipe(block);
		}
	}
}
