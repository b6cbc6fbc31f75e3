import { type Crypto, HASH } from "./crypto.js";

/**
 * HKDF-Expand with SHA-256 (RFC 5869 §2.3).
 * @throws RangeError if `length` is above 8,160 octets
 */
export function expand({ hkdf }: Pick<Crypto, "hkdf">, prk: Uint8Array, info: Uint8Array, length: number): Uint8Array {
	if (length > 255 * HASH) throw new RangeError("HKDF-SHA256 yields at most 8,160 octets");
	const okm = new Uint8Array(length);
	hkdf.expand(prk, info, okm);
	return okm;
}
