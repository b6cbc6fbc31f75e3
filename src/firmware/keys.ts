import Preference from "preference";
import { Key } from "../moddable/key.js";

/** Where the key lies in NVS. On ESP8266 a preference holds at most 63 octets, on ESP32 its name at most 15. */
export const KEY_DOMAIN = "lst";
export const KEY_NAME = "key";

/**
 * The handshake key: the one in NVS, else the one compiled into flash.
 * @throws Error that says what to do where there is none
 */
export function loadKey(compiled: string | undefined): { key: Key; from: "NVS" | "flash" } {
	const stored = Preference.get(KEY_DOMAIN, KEY_NAME);
	if (stored instanceof ArrayBuffer) return { key: new Key(new Uint8Array(stored)), from: "NVS" };
	if (compiled) return { key: Key.fromHex(compiled), from: "flash" };
	throw new Error("this device has no handshake key: see boards/README.md, or write one with boards/provision");
}
