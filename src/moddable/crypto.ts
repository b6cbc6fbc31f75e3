/// <reference path="./sdk.d.ts" />
import crypt from "crypt";
import type { Crypto } from "../core/crypto.js";
import { fillRandom } from "../native/lstcp_random.js";
import { newAead } from "./aead.js";

/** The SDK's `crypt`, and native code for AEAD and random octets, behind the core's interface. */
export const moddableCrypto: Crypto = Object.freeze({
	aead: newAead,
	sha256(...parts) {
		const digest = new crypt.Digest("SHA256");
		for (const part of parts) digest.write(part);
		return new Uint8Array(digest.close());
	},
	random: fillRandom,
});
