/// <reference path="./sdk.d.ts" />
import crypt, { type Hash } from "crypt";

/** One for all, begun anew each time: a device has better use for its memory than one for each. */
let digest: Hash | undefined;

/** SHA-256 of all parts joined, by the SDK's `crypt`. */
export function sha256(...parts: readonly Uint8Array[]): Uint8Array {
	digest ??= new crypt.Digest("SHA256");
	digest.reset();
	for (let i = 0; i < parts.length; i++) digest.write(parts[i]!);
	return new Uint8Array(digest.close());
}
