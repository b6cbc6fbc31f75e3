import type { Crypto } from "../crypto.js";
import { Direction } from "./direction.js";
import { hkdfOf } from "./hkdf.js";

/** Everything that the core needs, from the least that a platform provides. */
export function completeCrypto({ aead, sha256, random }: Pick<Crypto, "aead" | "sha256" | "random">): Crypto {
	const hkdf = hkdfOf(sha256);
	return { aead, sha256, random, hkdf, direction: (keys) => new Direction({ aead, hkdf }, keys) };
}
