import type { Crypto } from "../core/crypto.js";
import { digest, expand, extract } from "../native/lstcp_hkdf.js";

const HASH = 32;

/** SHA-256, and HKDF over it, in native code. */
export const hashing: Pick<Crypto, "sha256" | "hkdf"> = Object.freeze({
	sha256(octets: Uint8Array) {
		const result = new Uint8Array(HASH);
		digest(octets, result);
		return result;
	},
	hkdf: Object.freeze({ extract, expand }),
});
