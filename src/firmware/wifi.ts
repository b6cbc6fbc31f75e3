import WiFi from "embedded:network/interface/wifi";
import Timer from "timer";
import { Backoff } from "../core/backoff.js";
import { moddablePlatform } from "../moddable/platform.js";
import type { FirmwareConfig } from "./config.js";

/** The least value of `connection` at which the device has an address; up to DISCONNECTED it has no network. */
const ADDRESSED = 500;
const DISCONNECTED = 200;

export interface WiFiEvents {
	up(address: string): void;
	/** Not, or no longer, connected; the next attempt follows in `delay` milliseconds. */
	down(why: string, delay: number): void;
}

/** Joins the configured network and stays in it: retries with backoff, without end. */
export function joinWiFi({ networkName, networkPassword }: FirmwareConfig, events: WiFiEvents): void {
	if (!networkName) return events.down('config "networkName" is not set', 0);
	const backoff = new Backoff(1_000, 60_000, moddablePlatform.random);
	const options = { SSID: networkName, ...(networkPassword && { password: networkPassword, secure: true }) };
	let retry: Timer | undefined;
	const wifi = new WiFi({
		onChanged() {
			const { connection, address } = wifi;
			if (connection >= ADDRESSED && address) {
				backoff.reset();
				Timer.clear(retry);
				retry = undefined;
				events.up(address);
			} else if (connection <= DISCONNECTED) again();
		},
	});
	const again = () => {
		if (retry) return;
		const delay = backoff.next();
		events.down(`no connection to "${networkName}": check its name and password, and that it is in reach`, delay);
		retry = Timer.set(() => {
			retry = undefined;
			connect();
		}, delay);
	};
	const connect = () => {
		try {
			wifi.connect(options);
		} catch {
			// It is connecting already, or cannot now.
			again();
		}
	};
	connect();
}
