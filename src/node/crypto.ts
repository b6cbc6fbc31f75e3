import { type Cipher, createCipheriv, createDecipheriv, hash, randomFillSync, timingSafeEqual } from "node:crypto";
import { type Aead, HASH, KEY, NONCE, TAG } from "../core/crypto.js";
import { copy, wipe } from "../core/octets.js";
import { completed } from "../core/portable/crypto.js";

const ALGORITHM = "aes-256-ccm";
const BLOCK = 16;
/** Up to so many octets of text two contexts that live long are faster than a fresh one for each record. */
const SHORT = 2048;
/** How many keys have such contexts, the ones that had them made last: those of a session take 5 kB. */
const KEPT = 512;
/** The same for additional data: a HandshakeRequest's, with the longest context, are the longest. */
const SHORT_ADDITIONAL = 20 * BLOCK - 2;
/** B_0, the additional data behind their length, and the text; the counter blocks; tag and text. Overwritten by each call, of every key. */
const work = new Uint8Array(BLOCK + 2 + SHORT_ADDITIONAL + SHORT);
const counters = new Uint8Array(BLOCK + SHORT);
const counterWords = new Uint32Array(counters.buffer);
const mixed = new Uint8Array(BLOCK + SHORT);
const mixedWords = new Uint32Array(mixed.buffer);
/** A key on its way to OpenSSL: V8 has to move a small array before native code can see it, and would for each key anew. */
const keyRoom = Buffer.alloc(KEY);
const nothing = new Uint8Array(0);
const zeros = new Uint8Array(BLOCK);
/** A counter block's last word is put together as a number: two octets of the nonce, then the counter. */
const littleEndian = new Uint8Array(Uint32Array.of(1).buffer)[0] === 1;

/**
 * AES-256-CCM by node:crypto: as it is for long texts, and for short ones as RFC 3610 makes it of AES, by contexts that are
 * made once, since a fresh one costs more than a short record does.
 */
class NodeCcm implements Aead {
	/** Undefined once it was wiped. */
	#secret: Uint8Array | undefined;
	#short: ShortCcm | undefined;

	constructor(key: Uint8Array) {
		this.#secret = copy(key);
	}

	seal(nonce: Uint8Array, additional: Uint8Array, box: Uint8Array): void {
		if (isShort(nonce, additional, box)) return this.#contexts.seal(nonce, additional, box);
		const cipher = createCipheriv(ALGORITHM, this.#key, nonce, { authTagLength: TAG });
		cipher.setAAD(additional, { plaintextLength: box.length - TAG });
		box.set(cipher.update(box.subarray(TAG)), TAG);
		cipher.final();
		box.set(cipher.getAuthTag());
	}

	open(nonce: Uint8Array, additional: Uint8Array, box: Uint8Array): boolean {
		const text = box.subarray(TAG);
		if (isShort(nonce, additional, box)) return this.#contexts.open(nonce, additional, box, text);
		const decipher = createDecipheriv(ALGORITHM, this.#key, nonce, { authTagLength: TAG });
		decipher.setAuthTag(box.subarray(0, TAG));
		decipher.setAAD(additional, { plaintextLength: text.length });
		try {
			// Node 20 checks the tag in update(), and for an empty text only where it is a view into a longer buffer: a box is.
			const plain = decipher.update(text);
			decipher.final();
			text.set(plain);
			wipe(plain);
			return true;
		} catch {
			wipe(text);
			return false;
		}
	}

	wipe(): void {
		wipe(this.#secret);
		this.#secret = this.#short = undefined;
	}

	get #key(): Uint8Array {
		if (!this.#secret) throw new Error("the key was wiped");
		return this.#secret;
	}

	get #contexts(): ShortCcm {
		if (this.#short) return this.#short;
		const oldest = kept[keptNext];
		if (oldest) oldest.#short = undefined;
		kept[keptNext] = this;
		keptNext = (keptNext + 1) % KEPT;
		this.#short = new ShortCcm(this.#key);
		return this.#short;
	}
}

const kept: NodeCcm[] = [];
let keptNext = 0;

function isShort(nonce: Uint8Array, additional: Uint8Array, box: Uint8Array): boolean {
	const { length } = additional;
	return (
		littleEndian &&
		nonce.length === NONCE &&
		box.length >= TAG &&
		box.length - TAG <= SHORT &&
		length > 0 &&
		length <= SHORT_ADDITIONAL
	);
}

/** CCM of AES in ECB, for the key stream, and in CBC, for the MAC: RFC 3610 §2. */
class ShortCcm {
	readonly #ecb: Cipher;
	readonly #cbc: Cipher;
	/** The CBC context's chaining value, which the next MAC's first block cancels. */
	#chained = zeros;

	constructor(key: Uint8Array) {
		keyRoom.set(key);
		this.#ecb = createCipheriv("aes-256-ecb", keyRoom, nothing).setAutoPadding(false);
		this.#cbc = createCipheriv("aes-256-cbc", keyRoom, this.#chained).setAutoPadding(false);
		wipe(keyRoom);
	}

	seal(nonce: Uint8Array, additional: Uint8Array, box: Uint8Array): void {
		box.set(this.#mac(nonce, additional, box.subarray(TAG)));
		this.#cipher(nonce, box);
	}

	open(nonce: Uint8Array, additional: Uint8Array, box: Uint8Array, text: Uint8Array): boolean {
		this.#cipher(nonce, box);
		const genuine = timingSafeEqual(this.#mac(nonce, additional, text), box.subarray(0, TAG));
		if (!genuine) wipe(text);
		return genuine;
	}

	/** §2.2: B_0, the additional data behind their length, and the text, each filled with zeros. */
	#mac(nonce: Uint8Array, additional: Uint8Array, text: Uint8Array): Uint8Array {
		const begin = BLOCK + Math.ceil((2 + additional.length) / BLOCK) * BLOCK;
		const blocks = work.subarray(0, begin + Math.ceil(text.length / BLOCK) * BLOCK);
		blocks.fill(0, BLOCK);
		blocks[0] = 0x40 | (((TAG - 2) / 2) << 3) | 1;
		blocks.set(nonce, 1);
		blocks[14] = text.length >> 8;
		blocks[15] = text.length & 0xff;
		for (let i = 0; i < BLOCK; i++) blocks[i]! ^= this.#chained[i]!;
		blocks[BLOCK] = additional.length >> 8;
		blocks[BLOCK + 1] = additional.length & 0xff;
		blocks.set(additional, BLOCK + 2);
		blocks.set(text, begin);
		this.#chained = this.#cbc.update(blocks).subarray(-BLOCK);
		blocks.fill(0, begin);
		return this.#chained;
	}

	/** §2.3: the key stream over tag and text, from counter block 0 on; a word at a time. */
	#cipher(nonce: Uint8Array, box: Uint8Array): void {
		const blocks = Math.ceil(box.length / BLOCK);
		counters[0] = 1;
		counters.set(nonce, 1);
		const [first, second, third] = counterWords as unknown as [number, number, number];
		const last = nonce[11]! | (nonce[12]! << 8);
		for (let i = 0, at = 0; i < blocks; i++, at += 4) {
			counterWords[at] = first;
			counterWords[at + 1] = second;
			counterWords[at + 2] = third;
			counterWords[at + 3] = last | (i << 24);
		}
		const made = this.#ecb.update(counters.subarray(0, blocks * BLOCK));
		// Words want an address that is a multiple of four; a buffer out of a pool may have another.
		const stream = made.byteOffset % 4 ? copy(made) : made;
		const streamWords = new Uint32Array(stream.buffer, stream.byteOffset, blocks * 4);
		mixed.set(box);
		for (let i = 0; i < streamWords.length; i++) mixedWords[i]! ^= streamWords[i]!;
		box.set(mixed.subarray(0, box.length));
		mixed.fill(0, 0, box.length);
		wipe(stream);
	}
}

/** Random octets are drawn so many at a time, which costs as much as drawing a few. */
const POOL = 1024;
const pool = new Uint8Array(POOL);
/** How many of the pool's first octets nobody has had. */
let pooled = 0;

/** node:crypto behind the core's interface. */
export const nodeCrypto = completed({
	aead: (key) => new NodeCcm(key),
	sha256(octets, size, into, at) {
		// A Hash object costs more than it hashes here, and octets out of it more than characters.
		const characters = hash("sha256", size === octets.length ? octets : octets.subarray(0, size), "binary");
		for (let i = 0; i < HASH; i++) into[at + i] = characters.charCodeAt(i);
	},
	random(octets) {
		if (octets.length > POOL) return void randomFillSync(octets);
		if (pooled < octets.length) {
			randomFillSync(pool);
			pooled = POOL;
		}
		const drawn = pool.subarray(pooled - octets.length, pooled);
		octets.set(drawn);
		wipe(drawn);
		pooled -= octets.length;
	},
});
