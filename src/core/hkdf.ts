import type { Crypto } from "./crypto.js";
import { join, nothing, wipe } from "./octets.js";

type Hash = Pick<Crypto, "sha256" | "hkdf">;

const HASH = 32;
const BLOCK = 64;

const INNER = 0x36;
const OUTER = 0x5c;
/** Overwritten by each call and wiped behind it; made on first use, since on XS what is made while preloading is frozen. */
let pad: Uint8Array | undefined;

/** HMAC-SHA256 (RFC 2104). */
function hmac(crypto: Hash, key: Uint8Array, message: Uint8Array): Uint8Array {
	pad ??= new Uint8Array(BLOCK);
	// A hash that threw has left something in it.
	pad.fill(0);
	pad.set(key.length > BLOCK ? crypto.sha256(key) : key);
	for (let i = 0; i < BLOCK; i++) pad[i]! ^= INNER;
	const inner = hash(crypto, message);
	for (let i = 0; i < BLOCK; i++) pad[i]! ^= INNER ^ OUTER;
	const digest = hash(crypto, inner);
	wipe(pad, inner);
	return digest;
}

/** Of the pad and what stands behind it. */
function hash(crypto: Hash, octets: Uint8Array): Uint8Array {
	const padded = join(pad!, octets);
	const digest = crypto.sha256(padded);
	wipe(padded);
	return digest;
}

/** HKDF-Extract with SHA-256 (RFC 5869 §2.2): 32 octets. */
export function extract(crypto: Hash, salt: Uint8Array, ikm: Uint8Array): Uint8Array {
	if (!crypto.hkdf) return hmac(crypto, salt, ikm);
	const prk = new Uint8Array(HASH);
	crypto.hkdf.extract(salt, ikm, prk);
	return prk;
}

/**
 * HKDF-Expand with SHA-256 (RFC 5869 §2.3).
 * @throws RangeError where `length` is above 8,160 octets
 */
export function expand(crypto: Hash, prk: Uint8Array, info: Uint8Array, length: number): Uint8Array {
	if (length > 255 * HASH) throw new RangeError("HKDF-SHA256 yields at most 8,160 octets");
	const okm = new Uint8Array(length);
	if (crypto.hkdf) {
		crypto.hkdf.expand(prk, info, okm);
		return okm;
	}
	const count = new Uint8Array(1);
	let previous: Uint8Array | undefined;
	for (let offset = 0; offset < length; offset += HASH) {
		count[0]!++;
		const message = join(previous ?? nothing, info, count);
		const next = hmac(crypto, prk, message);
		wipe(previous, message);
		okm.set(offset + HASH > length ? next.subarray(0, length - offset) : next, offset);
		previous = next;
	}
	wipe(previous);
	return okm;
}
