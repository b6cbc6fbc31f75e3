import { type Cipher, createCipheriv } from "node:crypto";
import { layouts } from "../core/codec.js";
import { type Arrived, NONCE, TAG } from "../core/crypto.js";
import { copy, equalInConstantTime, wipe } from "../core/octets.js";

const BLOCK = 16;
/** Words of a block. */
const WORDS = 4;
/** The longest text, in octets, for which long-lived contexts are faster than a fresh one per record. */
const SHORT = 2048;
/** The longest additional data: with their length they fill 20 blocks, as those of a HandshakeRequest with the longest context do. */
const SHORT_ADDITIONAL = 20 * BLOCK - 2;
/** The most octets per call of OpenSSL, and the most records that are opened together. */
const ROOM = 16_384;
const TOGETHER = 64;
/** The most octets of key stream, and records, for which it is made ahead, since a session keeps it. */
const AHEAD = 4096;
const RECORDS_AHEAD = 16;
/** A counter block's last word is composed as a number: two octets of the nonce, then the counter. */
const littleEndian = new Uint8Array(Uint32Array.of(1).buffer)[0] === 1;

/** Blocks for OpenSSL, shared by all keys, in long-lived memory: V8 has to move a small new array before native code can read it. */
class Room {
	readonly octets = new Uint8Array(ROOM);
	readonly words = new Uint32Array(this.octets.buffer);
}
const counters = new Room();
const sealing = new Room();
/** Holds the opened texts until they are asked for. */
const opening = new Room();

/** A box that was opened, possibly before it was asked for. */
interface Opened {
	readonly number: number;
	readonly additional: Uint8Array;
	readonly box: Uint8Array;
	/** The offset of its text in `opening`. */
	readonly begin: number;
	/** Also false if it was not checked. */
	genuine: boolean;
}

/** What was opened together last and was not asked for yet, and the key that it belongs to. */
let opened: Opened[] = [];
let owner: ShortCcm | undefined;
/** The expected MACs of what is opened together, a block each. */
const expectedMacs = new Uint8Array(TOGETHER * BLOCK);

/** Key stream that was made for several records at once, of `blocks` blocks each. */
interface KeyStream {
	words: Uint32Array;
	readonly blocks: number;
	readonly records: number;
	/** It is unused for this many records, from number `next` and from word `at` on; what comes before was used and wiped. */
	left: number;
	next: number;
	at: number;
}

/** Whether `ShortCcm` can seal and open this, and is faster. */
export function isShort(nonce: Uint8Array, additional: Uint8Array, box: Uint8Array): boolean {
	if (!littleEndian || nonce.length !== NONCE || box.length < TAG || box.length > TAG + SHORT) return false;
	return additional.length > 0 && additional.length <= SHORT_ADDITIONAL;
}

/**
 * CCM (RFC 3610 §2) from two long-lived contexts of one key: AES in ECB for the key stream, in CBC for the MAC. A record's nonce is made
 * from its `number` and one iv, so that the nonces of two records differ by the XOR of their numbers, in the last two octets
 * (`protocol.md`, "Records"). Key stream made ahead past a key's last number would repeat nonces; it is never used, since the
 * ratchet wipes it.
 */
export class ShortCcm {
	readonly #ecb: Cipher;
	readonly #cbc: Cipher;
	/** The CBC context's chaining value, which is cancelled in the next MAC's first block. */
	readonly #chained = new Uint8Array(BLOCK);
	/** For the next records to seal. Unset while in use, so that an exception cannot leave any that would be used twice. */
	#stream: KeyStream | undefined;
	/** How many records are opened together: doubled when all of them were asked for, reset to one when some were displaced. */
	#together = 1;

	/** @param key not kept */
	constructor(key: Uint8Array) {
		this.#ecb = createCipheriv("aes-256-ecb", key, null).setAutoPadding(false);
		this.#cbc = createCipheriv("aes-256-cbc", key, this.#chained).setAutoPadding(false);
	}

	/** `Aead.seal`; the key stream of records is made for several at once. */
	seal(nonce: Uint8Array, additional: Uint8Array, box: Uint8Array, number?: number): void {
		const { octets } = sealing;
		const text = box.subarray(TAG);
		const begin = headSize(additional);
		const end = begin + blocksOf(text.length) * BLOCK;
		try {
			octets.set(text, begin);
			octets.fill(0, begin + text.length, end);
			layHead(octets, begin, nonce, additional, text.length);
			mixBlock(octets, 0, this.#chained);
			this.#chained.set(this.#cbc.update(octets.subarray(0, end)).subarray(-BLOCK));
			octets.set(this.#chained, begin - TAG);
			const blocks = blocksOf(box.length);
			const stream = this.#takeStream(nonce, blocks, number);
			mix(sealing, begin - TAG, stream.words, stream.at, blocks);
			stream.words.fill(0, stream.at, stream.at + stream.blocks * WORDS);
			box.set(octets.subarray(begin - TAG, begin + text.length));
			if (number !== undefined) this.#stream = goOn(stream);
		} finally {
			octets.fill(0, begin - TAG, end);
		}
	}

	/** `Aead.open`; records that have arrived behind this one are opened with it, into `opening`. */
	open(nonce: Uint8Array, additional: Uint8Array, box: Uint8Array, number = 0, behind?: Arrived): boolean {
		if (!this.#hasOpened(number, box)) this.#openTogether(nonce, number, additional, box, behind);
		const { begin, genuine } = opened.shift()!;
		const { octets } = opening;
		const end = begin + box.length - TAG;
		if (genuine) box.set(octets.subarray(begin, end), TAG);
		else box.fill(0, TAG);
		octets.fill(0, begin, end);
		if (!opened.length) this.#together = Math.min(2 * this.#together, TOGETHER);
		if (!genuine || !opened.length) ShortCcm.#forget();
		return genuine;
	}

	/** `Aead.forget` */
	forget(): void {
		if (owner === this) ShortCcm.#forget();
	}

	/** The object cannot be used afterwards. */
	wipe(): void {
		this.#stream?.words.fill(0);
		this.#stream = undefined;
		this.forget();
		// OpenSSL wipes the key when a context ends; without this, that would wait until V8 collects it.
		this.#ecb.final();
		this.#cbc.final();
	}

	/** Wipes what was opened but not asked for. */
	static #forget(): void {
		if (owner && opened.length) {
			owner.#together = 1;
			opening.octets.fill(0);
		}
		opened = [];
		owner = undefined;
	}

	#hasOpened(number: number, { buffer, byteOffset, length }: Uint8Array): boolean {
		const next = owner === this ? opened[0] : undefined;
		if (next?.number !== number) return false;
		const { box } = next;
		return box.buffer === buffer && box.byteOffset === byteOffset && box.length === length;
	}

	/**
	 * One call of OpenSSL for all key streams and one for all MACs. CBC continues its chain, so the first block of each MAC is XORed with
	 * the expected value of the MAC before it, which is its deciphered tag. If that MAC was right, the two cancel and the chain begins
	 * anew; after the first wrong one, no MAC is valid.
	 */
	#openTogether(
		nonce: Uint8Array,
		number: number,
		additional: Uint8Array,
		box: Uint8Array,
		behind: Arrived | undefined,
	): void {
		ShortCcm.#forget();
		owner = this;
		let end = 0;
		let blocks = 0;
		const add = (additional: Uint8Array, box: Uint8Array) => {
			const begin = end + headSize(additional);
			const after = begin + blocksOf(box.length - TAG) * BLOCK;
			if (after > ROOM || opened.length === this.#together) return false;
			const own = number + opened.length;
			layCounters(blocks, blocksOf(box.length), nonce, number ^ own);
			opened.push({ number: own, additional, box, begin, genuine: false });
			blocks += blocksOf(box.length);
			end = after;
			return true;
		};
		add(additional, box);
		if (behind) addRecords(behind, add);
		this.#decipher(nonce, this.#keyStream(blocks));
		this.#authenticate(end);
	}

	/** Writes the texts to `opening`, each after the blocks with which its MAC begins. */
	#decipher(nonce: Uint8Array, keyStream: Uint32Array): void {
		const { octets } = opening;
		let expected = this.#chained;
		for (let i = 0, word = 0; i < opened.length; i++) {
			const { number, additional, box, begin } = opened[i]!;
			const text = box.length - TAG;
			octets.set(box, begin - TAG);
			word = mix(opening, begin - TAG, keyStream, word, blocksOf(box.length));
			octets.fill(0, begin + text, begin + blocksOf(text) * BLOCK);
			const mac = expectedMacs.subarray(i * BLOCK, (i + 1) * BLOCK);
			mac.set(octets.subarray(begin - TAG, begin));
			layHead(octets, begin, nonce, additional, text, opened[0]!.number ^ number);
			mixBlock(octets, begin - headSize(additional), expected);
			expected = mac;
		}
		keyStream.fill(0);
	}

	/** @param size octets of `opening` that are in use */
	#authenticate(size: number): void {
		const chain = this.#cbc.update(opening.octets.subarray(0, size));
		this.#chained.set(chain.subarray(-BLOCK));
		for (let i = 0; i < opened.length; i++) {
			const { box, begin } = opened[i]!;
			const end = begin + blocksOf(box.length - TAG) * BLOCK;
			const mac = expectedMacs.subarray(i * BLOCK, (i + 1) * BLOCK);
			if (!equalInConstantTime(chain.subarray(end - BLOCK, end), mac)) return;
			opened[i]!.genuine = true;
		}
	}

	/** The key stream for one box. For records it is made for several at once: twice as many as last time, if all of that was used. */
	#takeStream(nonce: Uint8Array, blocks: number, number: number | undefined): KeyStream {
		const last = this.#stream;
		this.#stream = undefined;
		const goesOn = last !== undefined && last.next === number;
		if (goesOn && last.left && blocks <= last.blocks) return last;
		last?.words.fill(0);
		const next = number ?? 0;
		const most = Math.min(RECORDS_AHEAD, Math.floor(AHEAD / (blocks * BLOCK)));
		const records = goesOn && !last.left ? Math.min(2 * last.records, most) : 1;
		for (let i = 0; i < records; i++) layCounters(i * blocks, blocks, nonce, next ^ (next + i));
		return { words: this.#keyStream(records * blocks), blocks, records, left: records, next, at: 0 };
	}

	/** Enciphers that many counter blocks, which were written before. */
	#keyStream(blocks: number): Uint32Array {
		const made = this.#ecb.update(counters.octets.subarray(0, blocks * BLOCK));
		// Words need an address that is a multiple of four, which a buffer from Node's pool may not have.
		if (made.byteOffset % 4 === 0) return new Uint32Array(made.buffer, made.byteOffset, blocks * WORDS);
		const words = new Uint32Array(copy(made).buffer);
		wipe(made);
		return words;
	}
}

/** Advances past one record's key stream; once all is used, its memory is released. */
function goOn(stream: KeyStream): KeyStream {
	stream.left--;
	stream.next++;
	stream.at += stream.blocks * WORDS;
	if (!stream.left) stream.words = new Uint32Array(0);
	return stream;
}

/** Adds the short records that are complete in what has arrived, until `add` returns false. */
function addRecords({ chunk, at }: Arrived, add: (additional: Uint8Array, box: Uint8Array) => boolean): void {
	for (let from = at; ; ) {
		const layout = layouts[chunk[from]!];
		if (!layout || layout.nonce) return;
		const begin = from + layout.header;
		const text = layout.payload === "length" ? (chunk[from + 1]! << 8) | chunk[from + 2]! : layout.payload;
		const end = begin + TAG + text;
		if (text > SHORT || end > chunk.length || !add(chunk.subarray(from, begin), chunk.subarray(begin, end))) return;
		from = end;
	}
}

function blocksOf(octets: number): number {
	return Math.ceil(octets / BLOCK);
}

/** Octets before the text: B_0, then the length of the additional data and these. */
function headSize(additional: Uint8Array): number {
	return (1 + blocksOf(2 + additional.length)) * BLOCK;
}

/** §2.2: writes what precedes the text at `begin`. `difference` is XORed into the nonce's last two octets. */
function layHead(
	octets: Uint8Array,
	begin: number,
	nonce: Uint8Array,
	additional: Uint8Array,
	text: number,
	difference = 0,
): void {
	const first = begin - headSize(additional);
	octets.fill(0, first + BLOCK, begin);
	octets[first] = 0x40 | (((TAG - 2) / 2) << 3) | 1;
	layNonce(octets, first, nonce, difference);
	octets[first + 14] = text >> 8;
	octets[first + 15] = text & 0xff;
	octets[first + BLOCK] = additional.length >> 8;
	octets[first + BLOCK + 1] = additional.length & 0xff;
	octets.set(additional, first + BLOCK + 2);
}

/** XORs a block into the one at `at`. */
function mixBlock(octets: Uint8Array, at: number, block: Uint8Array): void {
	for (let i = 0; i < BLOCK; i++) octets[at + i]! ^= block[i]!;
}

/** §2.3: writes that many counter blocks, counting from 0, from block `at` on. `difference` as above. */
function layCounters(at: number, blocks: number, nonce: Uint8Array, difference: number): void {
	const { octets, words } = counters;
	const first = at * BLOCK;
	octets[first] = 1;
	layNonce(octets, first, nonce, difference);
	const word = at * WORDS;
	const [one, two, three] = [words[word]!, words[word + 1]!, words[word + 2]!];
	const last = octets[first + 12]! | (octets[first + 13]! << 8);
	for (let i = 0, to = word; i < blocks; i++) {
		words[to++] = one;
		words[to++] = two;
		words[to++] = three;
		words[to++] = last | (i << 24);
	}
}

function layNonce(octets: Uint8Array, block: number, nonce: Uint8Array, difference: number): void {
	octets.set(nonce, block + 1);
	octets[block + 12]! ^= difference >> 8;
	octets[block + 13]! ^= difference & 0xff;
}

/** XORs that many blocks of key stream, beginning at word `from`, into those at `at`; returns the word after them. */
function mix({ words }: Room, at: number, stream: Uint32Array, from: number, blocks: number): number {
	const end = from + blocks * WORDS;
	for (let i = at / 4; from < end; i++, from++) words[i]! ^= stream[from]!;
	return end;
}
