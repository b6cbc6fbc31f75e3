/// <reference path="../moddable/sdk.d.ts" />
/**
 * Fills `octets` from the platform's cryptographic source: the hardware generator on ESP32 and ESP8266, which want the
 * radio on; the operating system's on a desktop.
 * @throws Error where it fails
 */
export function fillRandom(octets: Uint8Array): void {
	native("xs_lstcp_random").call(undefined, octets);
}
