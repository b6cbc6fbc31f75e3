/// <reference path="./sdk.d.ts" />
import crypt, { type Hash } from "crypt";
import type { Crypto } from "../core/crypto.js";
import { fillRandom } from "../native/lstcp_random.js";
import { newAead } from "./aead.js";

/** One for all, begun anew each time: a device has better use for its memory than one for each. */
let digest: Hash | undefined;

/** The SDK's `crypt`, and native code for AEAD and random octets, behind the core's interface. */
export const moddableCrypto: Crypto = Object.freeze({
	aead: newAead,
	sha256(...parts) {
		digest ??= new crypt.Digest("SHA256");
		digest.reset();
		for (let i = 0; i < parts.length; i++) digest.write(parts[i]!);
		return new Uint8Array(digest.close());
	},
	random: fillRandom,
});
