import { keyFromHex } from "./key.js";

/**
 * A key for the next sessions, handed over within a session, in messages of text that no application begins like this. Who
 * has the session's key can do this: the next key is no safer than the one that it replaces was until then.
 */
const MARK = "\0lst ";

export type Rotation =
	| { readonly type: "offer"; readonly hex: string; readonly keyId: string }
	| { readonly type: "stored"; readonly keyId: string }
	| { readonly type: "refused"; readonly why: string }
	/** Meant for this, and garbled. */
	| { readonly type: "malformed" };

/** @param hex the key's 64 hex digits */
export const encodeOffer = (hex: string, keyId: string): string => `${MARK}next-key ${hex} ${keyId}`;
export const encodeStored = (keyId: string): string => `${MARK}stored ${keyId}`;
export const encodeRefused = (why: string): string => `${MARK}refused ${why}`;

/** What a message says of the next key; undefined where it is one of the application's. */
export function decodeRotation(message: string): Rotation | undefined {
	if (!message.startsWith(MARK)) return undefined;
	const [what, first = "", second = ""] = message.slice(MARK.length).split(" ");
	if (what === "stored") return { type: "stored", keyId: first };
	if (what === "refused") return { type: "refused", why: message.slice(MARK.length + what.length + 1) };
	try {
		keyFromHex(first);
		return what === "next-key" ? { type: "offer", hex: first, keyId: second } : { type: "malformed" };
	} catch {
		return { type: "malformed" };
	}
}
