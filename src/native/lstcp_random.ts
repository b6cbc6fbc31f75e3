/// <reference path="../moddable/sdk.d.ts" />
/**
 * Fills `octets` from the platform's cryptographic source: the hardware generator on ESP32 and ESP8266, which want the
 * radio on; the operating system's on a desktop.
 * @throws Error where it fails
 */
export function fillRandom(this: unknown, octets: Uint8Array): void {
	return native("xs_lstcp_random").call(this, octets) as undefined;
}
