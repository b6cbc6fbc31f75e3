/// <reference path="./sdk.d.ts" />
import crypt, { type Hash } from "crypt";
import type { Crypto } from "../core/crypto.js";
import { expand, extract } from "../native/lstcp_hkdf.js";

/** One for all, begun anew each time: a device has better use for its memory than one for each. */
let digest: Hash | undefined;

/** SHA-256 by the SDK's `crypt`, and HKDF over the same in native code. */
export const hashing: Pick<Crypto, "sha256" | "hkdf"> = Object.freeze({
	sha256(...parts: readonly Uint8Array[]) {
		digest ??= new crypt.Digest("SHA256");
		digest.reset();
		for (let i = 0; i < parts.length; i++) digest.write(parts[i]!);
		return new Uint8Array(digest.close());
	},
	hkdf: Object.freeze({ extract, expand }),
});
