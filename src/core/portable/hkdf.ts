import { type Crypto, HASH } from "../crypto.js";
import { join, nothing, wipe } from "../octets.js";

type Sha256 = Crypto["sha256"];

const BLOCK = 64;

const INNER = 0x36;
const OUTER = 0x5c;
/** Overwritten by each call and wiped behind it; made on first use, since on XS what is made while preloading is frozen. */
let pad: Uint8Array | undefined;

/** HMAC-SHA256 (RFC 2104). */
function hmac(sha256: Sha256, key: Uint8Array, message: Uint8Array): Uint8Array {
	pad ??= new Uint8Array(BLOCK);
	// A hash that threw has left something in it.
	pad.fill(0);
	if (key.length > BLOCK) sha256(key, key.length, pad.subarray(0, HASH));
	else pad.set(key);
	for (let i = 0; i < BLOCK; i++) pad[i]! ^= INNER;
	const inner = hash(sha256, message);
	for (let i = 0; i < BLOCK; i++) pad[i]! ^= INNER ^ OUTER;
	const digest = hash(sha256, inner);
	wipe(pad, inner);
	return digest;
}

/** Of the pad and what stands behind it. */
function hash(sha256: Sha256, octets: Uint8Array): Uint8Array {
	const padded = join(pad!, octets);
	const digest = new Uint8Array(HASH);
	sha256(padded, padded.length, digest);
	wipe(padded);
	return digest;
}

/** HKDF-SHA256 (RFC 5869) made of SHA-256. */
export function hkdfOf(sha256: Sha256): Crypto["hkdf"] {
	return {
		extract(salt, ikm, prk) {
			const made = hmac(sha256, salt, ikm);
			prk.set(made);
			wipe(made);
		},
		expand(prk, info, okm) {
			const count = new Uint8Array(1);
			let previous: Uint8Array | undefined;
			for (let offset = 0; offset < okm.length; offset += HASH) {
				count[0]!++;
				const message = join(previous ?? nothing, info, count);
				const next = hmac(sha256, prk, message);
				wipe(previous, message);
				okm.set(next.subarray(0, okm.length - offset), offset);
				previous = next;
			}
			wipe(previous);
		},
	};
}
