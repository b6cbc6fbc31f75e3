import { type Crypto, HASH } from "../crypto.js";
import { wipe } from "../octets.js";

type Sha256 = Crypto["sha256"];

const BLOCK = 64;
const INNER = 0x36;
const OUTER = 0x5c;
/** Octets of the longest message for which the shared room suffices. */
const SHORT = 192;
/** Overwritten by each call and wiped after it. Created on first use, since what XS creates while preloading is frozen. */
let innerRoom: Uint8Array | undefined;
let outerRoom: Uint8Array | undefined;

/** HMAC-SHA256 (RFC 2104) under one key, for messages up to a given length. Uses the shared room exclusively until it is wiped. */
class Hmac {
	readonly #sha256: Sha256;
	/** Pad ‖ message, and pad ‖ digest of that. */
	readonly #inner: Uint8Array;
	readonly #outer: Uint8Array;
	#length = BLOCK;

	constructor(sha256: Sha256, key: Uint8Array, longest: number) {
		innerRoom ??= new Uint8Array(BLOCK + SHORT);
		outerRoom ??= new Uint8Array(BLOCK + HASH);
		const inner = longest <= SHORT ? innerRoom : new Uint8Array(BLOCK + longest);
		this.#sha256 = sha256;
		this.#inner = inner;
		this.#outer = outerRoom;
		if (key.length > BLOCK) sha256(key, key.length, inner, 0);
		else inner.set(key);
		for (let i = 0; i < BLOCK; i++) {
			outerRoom[i] = inner[i]! ^ OUTER;
			inner[i]! ^= INNER;
		}
	}

	add(octets: Uint8Array): this {
		this.#inner.set(octets, this.#length);
		this.#length += octets.length;
		return this;
	}

	/** Writes the MAC of what was added, 32 octets; what is added next is another message. */
	end(mac: Uint8Array): void {
		this.#sha256(this.#inner, this.#length, this.#outer, BLOCK);
		this.#sha256(this.#outer, BLOCK + HASH, mac, 0);
		this.#length = BLOCK;
	}

	wipe(): void {
		wipe(this.#inner, this.#outer);
	}
}

/** HKDF-SHA256 (RFC 5869) made of SHA-256. */
export function hkdfOf(sha256: Sha256): Crypto["hkdf"] {
	return {
		extract(salt, ikm, prk) {
			const hmac = new Hmac(sha256, salt, ikm.length);
			try {
				hmac.add(ikm).end(prk);
			} finally {
				hmac.wipe();
			}
		},
		expand(prk, info, okm) {
			const hmac = new Hmac(sha256, prk, HASH + info.length + 1);
			const count = new Uint8Array(1);
			const block = new Uint8Array(HASH);
			try {
				for (let offset = 0; offset < okm.length; offset += HASH) {
					if (offset) hmac.add(block);
					count[0]!++;
					hmac.add(info).add(count).end(block);
					const end = Math.min(offset + HASH, okm.length);
					for (let i = offset; i < end; i++) okm[i] = block[i - offset]!;
				}
			} finally {
				wipe(block);
				hmac.wipe();
			}
		},
	};
}
