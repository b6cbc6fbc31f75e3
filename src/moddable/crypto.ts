import type { Crypto } from "../core/crypto.js";
import { fillRandom } from "../native/lstcp_random.js";
import { newAead, newDirection } from "./aead.js";
import { hashing } from "./digest.js";

/** The core's interface over native code. */
export const moddableCrypto: Crypto = Object.freeze({
	aead: newAead,
	direction: newDirection,
	...hashing,
	random: fillRandom,
});
