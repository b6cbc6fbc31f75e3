/// <reference path="../moddable/sdk.d.ts" />
/**
 * Fills `octets` from the platform's cryptographic source: on ESP32 and ESP8266 the hardware generator, which needs the radio
 * on; on a desktop that of the operating system.
 * @throws Error if it fails
 */
export function fillRandom(this: unknown, octets: Uint8Array): void {
	return native("xs_lstcp_random").call(this, octets) as undefined;
}
