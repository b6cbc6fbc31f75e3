import { createCipheriv, createDecipheriv, hash, randomFillSync } from "node:crypto";
import { type Aead, type Arrived, HASH, KEY, TAG } from "../core/crypto.js";
import { wipe } from "../core/octets.js";
import { completeCrypto } from "../core/portable/crypto.js";
import { isShort, ShortCcm } from "./short-ccm.js";

const ALGORITHM = "aes-256-ccm";
/** The most keys that have long-lived contexts: a session's take 5 kB, and up to 4 more while it sends much. */
const KEPT = 512;
/** A key's first records go without, since the sessions of many programs have no more. */
const FIRST = 2;
/** Nor does a handshake key for one handshake's packets, since `findKey` may make a new `Key` for each. */
const HANDSHAKE = 3;
/** When that many have contexts, one in this many short records without takes those of the oldest key. */
const SELDOM = 64;

/**
 * AES-256-CCM by node:crypto: its own for long texts; for short ones, CCM built from AES by long-lived contexts (RFC 3610), since a
 * fresh context costs more than a short record.
 */
class NodeCcm implements Aead {
	/** Undefined after `wipe`. */
	#secret: Uint8Array | undefined;
	#short: ShortCcm | undefined;
	#uses = 0;

	constructor(key: Uint8Array) {
		// With a buffer of its own: V8 moves small arrays without one, and leaves copies that cannot be wiped.
		this.#secret = new Uint8Array(new ArrayBuffer(KEY));
		this.#secret.set(key);
	}

	seal(nonce: Uint8Array, additional: Uint8Array, box: Uint8Array, number?: number): void {
		const contexts = this.#contextsFor(nonce, additional, box, number);
		if (contexts) return contexts.seal(nonce, additional, box, number);
		const cipher = createCipheriv(ALGORITHM, this.#key, nonce, { authTagLength: TAG });
		cipher.setAAD(additional, { plaintextLength: box.length - TAG });
		box.set(cipher.update(box.subarray(TAG)), TAG);
		cipher.final();
		box.set(cipher.getAuthTag());
	}

	open(nonce: Uint8Array, additional: Uint8Array, box: Uint8Array, number?: number, behind?: Arrived): boolean {
		const contexts = this.#contextsFor(nonce, additional, box, number);
		if (contexts) return contexts.open(nonce, additional, box, number, behind);
		const text = box.subarray(TAG);
		const decipher = createDecipheriv(ALGORITHM, this.#key, nonce, { authTagLength: TAG });
		decipher.setAuthTag(box.subarray(0, TAG));
		decipher.setAAD(additional, { plaintextLength: text.length });
		try {
			// Node 20 checks the tag in update(), and for an empty text only if it is a view into a longer buffer, as here.
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

	forget(): void {
		this.#short?.forget();
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

	/** Undefined if they are of no use, not yet, or other keys have them: contexts for a single record cost twice as much as `ALGORITHM`. */
	#contextsFor(
		nonce: Uint8Array,
		additional: Uint8Array,
		box: Uint8Array,
		number: number | undefined,
	): ShortCcm | undefined {
		if (!isShort(nonce, additional, box)) return undefined;
		if (this.#short) return this.#short;
		if (number === undefined ? this.#uses++ < HANDSHAKE : number < FIRST) return undefined;
		if (kept.size >= KEPT) {
			if (++without % SELDOM) return undefined;
			const [oldest] = kept;
			oldest!.#letGo();
		}
		this.#short = new ShortCcm(this.#key);
		kept.add(this);
		return this.#short;
	}

	#letGo(): void {
		kept.delete(this);
		this.#short?.wipe();
		this.#short = undefined;
	}
}

/** The keys that have contexts, oldest first. */
const kept = new Set<NodeCcm>();
/** The number of short records that had none. */
let without = 0;

/** Random octets are drawn this many at a time, which costs as much as drawing a few. */
const POOL = 1024;
const pool = new Uint8Array(POOL);
/** The number of octets, at the front of the pool, that are unused. */
let pooled = 0;

/** node:crypto behind the core's interface. */
export const nodeCrypto = completeCrypto({
	aead: (key) => new NodeCcm(key),
	sha256(octets, size, into, at) {
		// A Hash object costs more than the hashing here, and octets cost more than characters.
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
