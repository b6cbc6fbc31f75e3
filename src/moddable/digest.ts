import type { Crypto } from "../core/crypto.js";
import { expand, extract, sha256 } from "../native/lstcp_hkdf.js";

/** SHA-256, and HKDF over it, in native code. */
export const hashing: Pick<Crypto, "sha256" | "hkdf"> = Object.freeze({
	sha256,
	hkdf: Object.freeze({ extract, expand }),
});
