import { keyFromHex } from "./key.js";

/**
 * A key for future sessions, handed over within a session in a text message with a prefix that no application uses. Anyone
 * who can read the session learns it: the next key is no safer than the one it replaces was at that time.
 */
const MARK = "\0lst ";

export type Rotation =
	| { readonly type: "offer"; readonly hex: string; readonly keyId: string }
	| { readonly type: "stored"; readonly keyId: string }
	| { readonly type: "refused"; readonly why: string }
	/** Any other message with the prefix. */
	| { readonly type: "malformed" };

/** @param hex the key's 64 hex digits */
export const encodeOffer = (hex: string, keyId: string): string => `${MARK}next-key ${hex} ${keyId}`;
export const encodeStored = (keyId: string): string => `${MARK}stored ${keyId}`;
export const encodeRefused = (why: string): string => `${MARK}refused ${why}`;

/** The part of the key rotation that a message is; undefined if it belongs to the application. */
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
