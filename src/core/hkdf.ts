import type { Crypto } from "./crypto.js";
import { ascii, wipe } from "./octets.js";

const HASH = 32;
const BLOCK = 64;

/** HMAC-SHA256 (RFC 2104) of all parts joined. */
function hmac(crypto: Crypto, key: Uint8Array, ...parts: readonly Uint8Array[]): Uint8Array {
	const inner = new Uint8Array(BLOCK);
	inner.set(key.length > BLOCK ? crypto.sha256(key) : key);
	const outer = inner.map((octet) => octet ^ 0x5c);
	for (let i = 0; i < BLOCK; i++) inner[i]! ^= 0x36;
	const innerDigest = crypto.sha256(inner, ...parts);
	const digest = crypto.sha256(outer, innerDigest);
	wipe(inner, outer, innerDigest);
	return digest;
}

/** HKDF-Extract with SHA-256 (RFC 5869 §2.2): 32 octets. */
export function extract(crypto: Crypto, salt: Uint8Array, ikm: Uint8Array): Uint8Array {
	return hmac(crypto, salt, ikm);
}

/**
 * HKDF-Expand with SHA-256 (RFC 5869 §2.3); `info` as octets or as an ASCII label.
 * @throws RangeError where `length` is above 8,160 octets
 */
export function expand(crypto: Crypto, prk: Uint8Array, info: string | Uint8Array, length: number): Uint8Array {
	if (length > 255 * HASH) throw new RangeError("HKDF-SHA256 yields at most 8,160 octets");
	const suffix = typeof info === "string" ? ascii(info) : info;
	const okm = new Uint8Array(length);
	let previous = new Uint8Array(0);
	for (let offset = 0, i = 1; offset < length; offset += HASH, i++) {
		const next = hmac(crypto, prk, previous, suffix, Uint8Array.of(i));
		wipe(previous);
		okm.set(next.subarray(0, length - offset), offset);
		previous = next as Uint8Array<ArrayBuffer>;
	}
	wipe(previous);
	return okm;
}
