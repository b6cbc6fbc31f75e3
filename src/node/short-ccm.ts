import { type Cipher, createCipheriv } from "node:crypto";
import { layouts } from "../core/codec.js";
import { type Arrived, NONCE, TAG } from "../core/crypto.js";
import { copy, equalInConstantTime } from "../core/octets.js";

const BLOCK = 16;
/** Words of a block. */
const WORDS = 4;
/** Up to so many octets of text contexts that live long are faster than a fresh one for each record. */
const SHORT = 2048;
/** The same for additional data: a HandshakeRequest's, with the longest context, are the longest. */
const SHORT_ADDITIONAL = 20 * BLOCK - 2;
/** Octets that OpenSSL is given at once, and records that are opened together if they fit. */
const ROOM = 16_384;
const TOGETHER = 64;
/** Octets of key stream, at most, that are made ahead for records that are still to be sealed. */
const AHEAD = 4096;
/** A counter block's last word is put together as a number: two octets of the nonce, then the counter. */
const littleEndian = new Uint8Array(Uint32Array.of(1).buffer)[0] === 1;

/** Blocks on their way to OpenSSL, in memory that stays: V8 has to move a new array before native code sees it. Used anew by each call. */
class Room {
	readonly octets = new Uint8Array(ROOM);
	readonly words = new Uint32Array(this.octets.buffer);
}
const counters = new Room();
const sealing = new Room();
const opening = new Room();

/** A box that was opened, maybe before it was asked for: its text lies in `opening` from `begin` on. */
interface Opened {
	readonly additional: Uint8Array;
	readonly box: Uint8Array;
	readonly begin: number;
	genuine: boolean;
}

/** What was opened together last and was not asked for yet, and whose it is. */
let opened: Opened[] = [];
let owner: ShortCcm | undefined;
/** What the MACs of what is opened together have to be, a block each. */
const macs = new Uint8Array(TOGETHER * BLOCK);

/** Key stream for `left` of `records`, from number `next` on, of so many blocks each; word `at` is the first that was not used. */
interface KeyStream {
	readonly words: Uint32Array;
	readonly blocks: number;
	readonly records: number;
	next: number;
	left: number;
	at: number;
}

/** Whether `ShortCcm` seals and opens this, and is of use: nonce, additional data and box by their octets. */
export function isShort(nonce: number, additional: number, box: number): boolean {
	if (!littleEndian || nonce !== NONCE || box < TAG || box > TAG + SHORT) return false;
	return additional > 0 && additional <= SHORT_ADDITIONAL;
}

/**
 * CCM of AES in ECB, for the key stream, and in CBC, for the MAC, by contexts of one key that are made once: RFC 3610 §2. Records have
 * a `number`: the nonces of two differ in their last two octets, by the XOR of the numbers (`protocol.md`, "Records").
 */
export class ShortCcm {
	readonly #ecb: Cipher;
	readonly #cbc: Cipher;
	/** The CBC context's chaining value, which the next MAC's first block cancels. */
	readonly #chained = new Uint8Array(BLOCK);
	#stream: KeyStream | undefined;

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
		octets.set(text, begin);
		octets.fill(0, begin + text.length, end);
		layHead(octets, begin, nonce, 0, additional, text.length, this.#chained, 0);
		this.#chained.set(this.#cbc.update(octets.subarray(0, end)).subarray(-BLOCK));
		octets.set(this.#chained, begin - TAG);
		const blocks = blocksOf(box.length);
		const stream = this.#streamFor(nonce, blocks, number);
		mix(sealing, begin - TAG, stream.words, stream.at, blocks);
		stream.words.fill(0, stream.at, stream.at + stream.blocks * WORDS);
		stream.at += stream.blocks * WORDS;
		box.set(octets.subarray(begin - TAG, begin + text.length));
		octets.fill(0, begin - TAG, end);
	}

	/** `Aead.open`; what has arrived behind a record is opened with it, elsewhere. */
	open(nonce: Uint8Array, additional: Uint8Array, box: Uint8Array, number?: number, behind?: Arrived): boolean {
		if (!this.#hasOpened(box)) this.#openTogether(nonce, additional, box, number, behind);
		const { begin, genuine } = opened.shift()!;
		const { octets } = opening;
		const end = begin + box.length - TAG;
		if (genuine) box.set(octets.subarray(begin, end), TAG);
		else box.fill(0, TAG);
		octets.fill(0, begin, end);
		if (!genuine || !opened.length) forgetOpened();
		return genuine;
	}

	wipe(): void {
		this.#stream?.words.fill(0);
		this.#stream = undefined;
		if (owner === this) forgetOpened();
	}

	#hasOpened(box: Uint8Array): boolean {
		if (owner !== this) return false;
		const { buffer, byteOffset, length } = opened[0]!.box;
		return buffer === box.buffer && byteOffset === box.byteOffset && length === box.length;
	}

	/**
	 * One call of OpenSSL for all key streams and one for all MACs. Each MAC has to be what its tag says, so that is what the first block
	 * of the next one cancels; behind one that is not, nothing is genuine.
	 */
	#openTogether(nonce: Uint8Array, additional: Uint8Array, box: Uint8Array, number = 0, behind?: Arrived): void {
		forgetOpened();
		let end = 0;
		let blocks = 0;
		const add = (additional: Uint8Array, box: Uint8Array) => {
			const begin = end + headSize(additional);
			const after = begin + blocksOf(box.length - TAG) * BLOCK;
			if (after > ROOM) return false;
			layCounters(blocks, blocksOf(box.length), nonce, number ^ (number + opened.length));
			opened.push({ additional, box, begin, genuine: false });
			blocks += blocksOf(box.length);
			end = after;
			return true;
		};
		add(additional, box);
		if (behind) addRecords(behind, TOGETHER - 1, add);
		this.#decipher(nonce, number, this.#keyStream(blocks));
		this.#authenticate(end);
		owner = this;
	}

	/** Lays the texts in `opening`, each behind the blocks that its MAC begins with, and what the MACs have to be in `macs`. */
	#decipher(nonce: Uint8Array, number: number, keyStream: Uint32Array): void {
		const { octets } = opening;
		for (let i = 0, word = 0; i < opened.length; i++) {
			const { additional, box, begin } = opened[i]!;
			const text = box.length - TAG;
			octets.set(box, begin - TAG);
			word = mix(opening, begin - TAG, keyStream, word, blocksOf(box.length));
			octets.fill(0, begin + text, begin + blocksOf(text) * BLOCK);
			macs.set(octets.subarray(begin - TAG, begin), i * BLOCK);
			const [chained, at] = i ? [macs, (i - 1) * BLOCK] : [this.#chained, 0];
			layHead(octets, begin, nonce, number ^ (number + i), additional, text, chained, at);
		}
		keyStream.fill(0);
	}

	/** @param size octets of `opening` that are in use */
	#authenticate(size: number): void {
		const made = this.#cbc.update(opening.octets.subarray(0, size));
		this.#chained.set(made.subarray(-BLOCK));
		for (let i = 0; i < opened.length; i++) {
			const { box, begin } = opened[i]!;
			const end = begin + blocksOf(box.length - TAG) * BLOCK;
			const mac = macs.subarray(i * BLOCK, (i + 1) * BLOCK);
			if (!equalInConstantTime(made.subarray(end - BLOCK, end), mac)) return;
			opened[i]!.genuine = true;
		}
	}

	/** The key stream for one box. Where it is a record's, that is made for more of them at a time the more of them come. */
	#streamFor(nonce: Uint8Array, blocks: number, number: number | undefined): KeyStream {
		const last = this.#stream;
		const goesOn = last !== undefined && last.next === number;
		if (goesOn && last.left && blocks <= last.blocks) {
			last.next++;
			last.left--;
			return last;
		}
		last?.words.fill(0);
		const first = number ?? 0;
		const records = goesOn && !last.left ? Math.min(2 * last.records, Math.floor(AHEAD / (blocks * BLOCK))) : 1;
		for (let i = 0; i < records; i++) layCounters(i * blocks, blocks, nonce, first ^ (first + i));
		const words = this.#keyStream(records * blocks);
		const stream = { words, blocks, records, next: first + 1, left: records - 1, at: 0 };
		this.#stream = number === undefined ? undefined : stream;
		return stream;
	}

	/** What so many of the counter blocks that were laid become. */
	#keyStream(blocks: number): Uint32Array {
		const made = this.#ecb.update(counters.octets.subarray(0, blocks * BLOCK));
		// Words want an address that is a multiple of four; a buffer out of a pool may have another.
		const { buffer, byteOffset } = made.byteOffset % 4 ? copy(made) : made;
		return new Uint32Array(buffer, byteOffset, blocks * WORDS);
	}
}

/** Wipes what nobody has asked for. */
function forgetOpened(): void {
	if (opened.length) opening.octets.fill(0);
	opened = [];
	owner = undefined;
}

/** Adds the records that lie whole behind another, as long as they are short and fit. */
function addRecords(
	{ chunk, at }: Arrived,
	most: number,
	add: (additional: Uint8Array, box: Uint8Array) => boolean,
): void {
	for (let from = at; most > 0; most--) {
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

/** Octets in front of the text: B_0, then the additional data behind their length. */
function headSize(additional: Uint8Array): number {
	return (1 + blocksOf(2 + additional.length)) * BLOCK;
}

/** §2.2: what stands in front of the text at `begin`, its first block mixed with the chaining value that it is to cancel. */
function layHead(
	octets: Uint8Array,
	begin: number,
	nonce: Uint8Array,
	difference: number,
	additional: Uint8Array,
	text: number,
	chained: Uint8Array,
	at: number,
): void {
	const first = begin - headSize(additional);
	octets.fill(0, first + BLOCK, begin);
	octets[first] = 0x40 | (((TAG - 2) / 2) << 3) | 1;
	layNonce(octets, first, nonce, difference);
	octets[first + 14] = text >> 8;
	octets[first + 15] = text & 0xff;
	for (let i = 0; i < BLOCK; i++) octets[first + i]! ^= chained[at + i]!;
	octets[first + BLOCK] = additional.length >> 8;
	octets[first + BLOCK + 1] = additional.length & 0xff;
	octets.set(additional, first + BLOCK + 2);
}

/** §2.3: so many counter blocks, from 0 on, laid from block `at` on. */
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

/** XORs so many blocks of key stream, from a word on, into those that lie `at` there; answers the word behind them. */
function mix({ words }: Room, at: number, stream: Uint32Array, from: number, blocks: number): number {
	const end = from + blocks * WORDS;
	for (let i = at / 4; from < end; i++, from++) words[i]! ^= stream[from]!;
	return end;
}
