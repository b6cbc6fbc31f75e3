import { type Aead, TAG } from "../crypto.js";
import { equalInConstantTime, wipe } from "../octets.js";

const BLOCK = 16;

/** AES-256 under one key in the two modes that make up CCM, for platforms without an AEAD. */
export interface AesModes {
	/** Begins a CBC chain with an all-zero IV. */
	cbcBegin(): void;
	/** Enciphers whole blocks on the chain and writes the last ciphertext block to `mac` (16 octets). */
	cbcFeed(blocks: Uint8Array, mac: Uint8Array): void;
	/** Begins a CTR key stream with this counter block (16 octets). */
	ctrBegin(counter: Uint8Array): void;
	/** XORs the next octets of the key stream into these, in place; all calls but the last take whole blocks. */
	ctrFeed(octets: Uint8Array): void;
	wipe(): void;
}

/**
 * Shared by all keys and overwritten by each call: a block and a MAC take seven slots each on a device. Created on first use, since
 * what XS creates while preloading is frozen.
 */
let scratchBlock: Uint8Array | undefined;
let scratchMac: Uint8Array | undefined;

/** AES-256-CCM over native block modes: writes the CBC-MAC before the text, then makes one CTR pass over both. */
export class Ccm implements Aead {
	readonly #aes: AesModes;

	constructor(aes: AesModes) {
		this.#aes = aes;
	}

	seal(nonce: Uint8Array, additional: Uint8Array, box: Uint8Array): void {
		scratchMac ??= new Uint8Array(BLOCK);
		const text = box.subarray(TAG);
		this.begin(nonce, additional, box, scratchMac);
		this.authenticate(text, scratchMac);
		box.set(scratchMac);
		this.#aes.ctrBegin(firstCounter(nonce));
		this.#aes.ctrFeed(box);
	}

	open(nonce: Uint8Array, additional: Uint8Array, box: Uint8Array): boolean {
		scratchMac ??= new Uint8Array(BLOCK);
		this.begin(nonce, additional, box, scratchMac);
		const text = box.subarray(TAG);
		this.#aes.ctrBegin(firstCounter(nonce));
		this.#aes.ctrFeed(box);
		this.authenticate(text, scratchMac);
		return verify(box, text, scratchMac);
	}

	*sealing(nonce: Uint8Array, additional: Uint8Array, box: Uint8Array, slice: number): Generator<void, void, void> {
		const mac = new Uint8Array(BLOCK);
		this.begin(nonce, additional, box, mac);
		for (const part of slices(box.subarray(TAG), slice)) {
			this.authenticate(part, mac);
			yield;
		}
		box.set(mac);
		this.#aes.ctrBegin(firstCounter(nonce));
		for (const part of slices(box, slice)) {
			this.#aes.ctrFeed(part);
			yield;
		}
	}

	*opening(nonce: Uint8Array, additional: Uint8Array, box: Uint8Array, slice: number): Generator<void, boolean, void> {
		const mac = new Uint8Array(BLOCK);
		this.begin(nonce, additional, box, mac);
		const text = box.subarray(TAG);
		this.#aes.ctrBegin(firstCounter(nonce));
		this.#aes.ctrFeed(box.subarray(0, TAG));
		for (const part of slices(text, slice)) {
			this.#aes.ctrFeed(part);
			this.authenticate(part, mac);
			yield;
		}
		return verify(box, text, mac);
	}

	wipe(): void {
		this.#aes.wipe();
	}

	/** RFC 3610 §2.2: the CBC-MAC begins with B_0, then the additional data after their length. */
	private begin(nonce: Uint8Array, additional: Uint8Array, box: Uint8Array, mac: Uint8Array): void {
		checkSizes(nonce, additional, box);
		const aes = this.#aes;
		const first = firstCounter(nonce);
		first[0]! |= (additional.length ? 0x40 : 0) | (((TAG - 2) / 2) << 3);
		for (let i = 15, rest = box.length - TAG; rest; i--, rest >>= 8) first[i] = rest & 0xff;
		aes.cbcBegin();
		aes.cbcFeed(first, mac);
		if (!additional.length) return;
		const padded = new Uint8Array(Math.ceil((2 + additional.length) / BLOCK) * BLOCK);
		padded[0] = additional.length >> 8;
		padded[1] = additional.length & 0xff;
		padded.set(additional, 2);
		aes.cbcFeed(padded, mac);
	}

	/** A part of the text in the CBC-MAC, its last block padded with zeros; only the last part may need padding. */
	private authenticate(text: Uint8Array, mac: Uint8Array): void {
		const whole = text.length - (text.length % BLOCK);
		if (whole) this.#aes.cbcFeed(whole === text.length ? text : text.subarray(0, whole), mac);
		if (whole === text.length) return;
		const block = emptyBlock();
		block.set(text.subarray(whole));
		this.#aes.cbcFeed(block, mac);
		wipe(block);
	}
}

function checkSizes(nonce: Uint8Array, additional: Uint8Array, box: Uint8Array): void {
	if (nonce.length < 7 || nonce.length > 13) throw new RangeError("a CCM nonce has 7 to 13 octets");
	if (additional.length >= 0xff00) throw new RangeError("CCM takes at most 65,279 octets of additional data here");
	const limit = nonce.length === 13 ? 0xffff : 0xffffff;
	if (box.length < TAG || box.length - TAG > limit) throw new RangeError("this text is too long for its CCM nonce");
}

function emptyBlock(): Uint8Array {
	scratchBlock ??= new Uint8Array(BLOCK);
	scratchBlock.fill(0);
	return scratchBlock;
}

/** RFC 3610 §2.3: A_0 is `flags ‖ nonce ‖ 0`. */
function firstCounter(nonce: Uint8Array): Uint8Array {
	const block = emptyBlock();
	block[0] = 14 - nonce.length;
	block.set(nonce, 1);
	return block;
}

/** Compares the deciphered tag with the MAC; wipes the text if they differ. */
function verify(box: Uint8Array, text: Uint8Array, mac: Uint8Array): boolean {
	const genuine = equalInConstantTime(mac, box.subarray(0, TAG));
	if (!genuine) wipe(text);
	wipe(mac);
	return genuine;
}

function* slices(octets: Uint8Array, slice: number): Generator<Uint8Array, void, void> {
	for (let at = 0; at < octets.length; at += slice) yield octets.subarray(at, at + slice);
}
