import { createCipheriv, createDecipheriv, hash, randomFillSync } from "node:crypto";
import { type Aead, type Arrived, HASH, KEY, TAG } from "../core/crypto.js";
import { copy, wipe } from "../core/octets.js";
import { completed } from "../core/portable/crypto.js";
import { isShort, ShortCcm } from "./short-ccm.js";

const ALGORITHM = "aes-256-ccm";
/** How many keys have contexts that live on, the ones that had them made last: those of a session take 5 kB. */
const KEPT = 512;
/** A key on its way to OpenSSL: V8 has to move a small array before native code can see it, and would for each key anew. */
const keyRoom = Buffer.alloc(KEY);

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
		if (isShort(nonce.length, additional.length, box.length)) return this.#contexts.seal(nonce, additional, box);
		const cipher = createCipheriv(ALGORITHM, this.#key, nonce, { authTagLength: TAG });
		cipher.setAAD(additional, { plaintextLength: box.length - TAG });
		box.set(cipher.update(box.subarray(TAG)), TAG);
		cipher.final();
		box.set(cipher.getAuthTag());
	}

	open(nonce: Uint8Array, additional: Uint8Array, box: Uint8Array): boolean {
		if (isShort(nonce.length, additional.length, box.length)) return this.#contexts.open(nonce, additional, box);
		const text = box.subarray(TAG);
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

	sealRecord(nonce: Uint8Array, number: number, record: Uint8Array, header: number): void {
		const [additional, box] = [record.subarray(0, header), record.subarray(header)];
		if (isShort(nonce.length, header, box.length)) this.#contexts.seal(nonce, additional, box, number);
		else this.seal(nonce, additional, box);
	}

	openRecord(nonce: Uint8Array, number: number, record: Uint8Array, header: number, behind?: Arrived): boolean {
		const [additional, box] = [record.subarray(0, header), record.subarray(header)];
		if (!isShort(nonce.length, header, box.length)) return this.open(nonce, additional, box);
		return this.#contexts.open(nonce, additional, box, number, behind);
	}

	wipe(): void {
		wipe(this.#secret);
		this.#secret = undefined;
		this.#letGo();
	}

	get #key(): Uint8Array {
		if (!this.#secret) throw new Error("the key was wiped");
		return this.#secret;
	}

	get #contexts(): ShortCcm {
		if (this.#short) return this.#short;
		const oldest = kept[keptNext];
		if (oldest) oldest.#letGo();
		kept[keptNext] = this;
		keptNext = (keptNext + 1) % KEPT;
		keyRoom.set(this.#key);
		this.#short = new ShortCcm(keyRoom);
		wipe(keyRoom);
		return this.#short;
	}

	#letGo(): void {
		this.#short?.wipe();
		this.#short = undefined;
	}
}

const kept: NodeCcm[] = [];
let keptNext = 0;

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
