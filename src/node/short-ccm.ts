import { type Cipher, createCipheriv } from "node:crypto";
import { layouts } from "../core/codec.js";
import { type Arrived, NONCE, TAG } from "../core/crypto.js";
import { copy, equalInConstantTime, wipe } from "../core/octets.js";

const BLOCK = 16;
/** Words of a block. */
const WORDS = 4;
/** Up to so many octets of text contexts that live long are faster than a fresh one for each record. */
const SHORT = 2048;
/** The same for additional data, which fill 20 blocks with their length: a HandshakeRequest's, with the longest context, are the longest. */
const SHORT_ADDITIONAL = 20 * BLOCK - 2;
/** Octets that OpenSSL is given at once, and records that are opened together if they fit, at most. */
const ROOM = 16_384;
const TOGETHER = 64;
/** Octets of key stream, and records, at most, for which it is made ahead, since a session keeps it. */
const AHEAD = 4096;
const RECORDS_AHEAD = 16;
/** A counter block's last word is put together as a number: two octets of the nonce, then the counter. */
const littleEndian = new Uint8Array(Uint32Array.of(1).buffer)[0] === 1;

/** Blocks on their way to OpenSSL, in memory that stays: V8 has to move a small new array before native code sees it. One for all keys. */
class Room {
	readonly octets = new Uint8Array(ROOM);
	readonly words = new Uint32Array(this.octets.buffer);
}
const counters = new Room();
const sealing = new Room();
/** Keeps its texts until they are asked for. */
const opening = new Room();

/** A box that was opened, maybe before it was asked for. */
interface Opened {
	readonly number: number;
	readonly additional: Uint8Array;
	readonly box: Uint8Array;
	/** Where its text lies in `opening`. */
	readonly begin: number;
	/** False also where that was not looked at. */
	genuine: boolean;
}

/** What was opened together last and was not asked for yet, and whose it is. */
let opened: Opened[] = [];
let owner: ShortCcm | undefined;
/** What the MACs of what is opened together have to be, a block each. */
const expectedMacs = new Uint8Array(TOGETHER * BLOCK);

/** Key stream that was made for so many `records` at once, of so many blocks each. */
interface KeyStream {
	words: Uint32Array;
	readonly blocks: number;
	readonly records: number;
	/** It is left for so many, from number `next` and from word `at` on; what is before has been used, and wiped. */
	left: number;
	next: number;
	at: number;
}

/** Whether `ShortCcm` seals and opens this, and is of use. */
export function isShort(nonce: Uint8Array, additional: Uint8Array, box: Uint8Array): boolean {
	if (!littleEndian || nonce.length !== NONCE || box.length < TAG || box.length > TAG + SHORT) return false;
	return additional.length > 0 && additional.length <= SHORT_ADDITIONAL;
}

/**
 * CCM of AES in ECB, for the key stream, and in CBC, for the MAC, by contexts of one key that are made once: RFC 3610 §2. Records have
 * a `number`, of which their nonces are made, all from one iv: two of them differ in their last two octets, by the XOR of the numbers
 * (`protocol.md`, "Records"). What is made ahead beyond a key's last number would be for nonces that were used: nobody asks for it,
 * since the ratchet wipes it.
 */
export class ShortCcm {
	readonly #ecb: Cipher;
	readonly #cbc: Cipher;
	/** The CBC context's chaining value, which the next MAC's first block cancels. */
	readonly #chained = new Uint8Array(BLOCK);
	/** For the records that are sealed next. Not here while it is used: what throws there leaves none that would be used again. */
	#stream: KeyStream | undefined;
	/** How many records are opened together: twice as many when all of those were asked for, one when they had to make room. */
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

	/** `Aead.open`; what has arrived behind a record is opened with it, elsewhere. */
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

	/** What has been wiped is not used again. */
	wipe(): void {
		this.#stream?.words.fill(0);
		this.#stream = undefined;
		this.forget();
		// OpenSSL wipes a context's key with it, which would wait for V8 to collect it.
		this.#ecb.final();
		this.#cbc.final();
	}

	/** Wipes what nobody has asked for. */
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
	 * One call of OpenSSL for all key streams and one for all MACs. CBC chains on, so the first block of each MAC is mixed with what the MAC
	 * before has to be: its tag, deciphered. Where that was right the two cancel and the chain begins anew; behind the first that was
	 * not, no MAC means anything.
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

	/** Lays the texts in `opening`, each behind the blocks that its MAC begins with. */
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

	/**
	 * The key stream for one box. Where it is a record's, that is made for twice as many at once as last time where all of that was used.
	 */
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

	/** What so many of the counter blocks that were laid become. */
	#keyStream(blocks: number): Uint32Array {
		const made = this.#ecb.update(counters.octets.subarray(0, blocks * BLOCK));
		// Words want an address that is a multiple of four; a buffer out of a pool may have another.
		if (made.byteOffset % 4 === 0) return new Uint32Array(made.buffer, made.byteOffset, blocks * WORDS);
		const words = new Uint32Array(copy(made).buffer);
		wipe(made);
		return words;
	}
}

/** A record's key stream was used: who seals nothing more keeps none. */
function goOn(stream: KeyStream): KeyStream {
	stream.left--;
	stream.next++;
	stream.at += stream.blocks * WORDS;
	if (!stream.left) stream.words = new Uint32Array(0);
	return stream;
}

/** Adds the short records that lie whole behind another, until `add` answers that it takes no more. */
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

/** Octets in front of the text: B_0, then the additional data behind their length. */
function headSize(additional: Uint8Array): number {
	return (1 + blocksOf(2 + additional.length)) * BLOCK;
}

/** §2.2: what stands in front of the text at `begin`. The nonce's last two octets differ from this one's by so much. */
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

/** XORs a block into the one that lies `at` there. */
function mixBlock(octets: Uint8Array, at: number, block: Uint8Array): void {
	for (let i = 0; i < BLOCK; i++) octets[at + i]! ^= block[i]!;
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
