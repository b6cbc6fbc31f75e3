import Preference from "preference";
import { keyFromHex } from "../core/key.js";
import { Key } from "../moddable/key.js";

/** Where the key lies in NVS. On ESP8266 a preference holds at most 63 octets, on ESP32 its name at most 15. */
const KEY_DOMAIN = "lst";
const KEY_NAME = "key";

/** The key in NVS; undefined where there is none. @throws RangeError where something else lies there */
export function storedKey(): Key | undefined {
	const stored = Preference.get(KEY_DOMAIN, KEY_NAME);
	return stored instanceof ArrayBuffer ? new Key(new Uint8Array(stored)) : undefined;
}

/** @throws TypeError, RangeError where it is not 64 hex digits; Error where NVS does not take it */
export function storeKey(hex: string): void {
	const octets = new Uint8Array(keyFromHex(hex));
	Preference.set(KEY_DOMAIN, KEY_NAME, octets.buffer);
}

export function eraseKey(): void {
	Preference.delete(KEY_DOMAIN, KEY_NAME);
}

/**
 * The handshake key: the one in NVS, else the one compiled into flash.
 * @throws Error that says what to do where there is none
 */
export function loadKey(compiled: string | undefined): { key: Key; from: "NVS" | "flash" } {
	const stored = storedKey();
	if (stored) return { key: stored, from: "NVS" };
	if (compiled) return { key: Key.fromHex(compiled), from: "flash" };
	throw new Error("this device has no handshake key: see boards/README.md, or write one with boards/provision");
}
