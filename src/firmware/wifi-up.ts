import Net from "net";
import type { FirmwareConfig } from "./config.js";
import type { WiFiEvents } from "./wifi.js";

/** On a desktop the network is always up. */
export function joinWiFi(_config: FirmwareConfig, events: WiFiEvents): void {
	events.up(Net.get("IP") ?? "127.0.0.1");
}
