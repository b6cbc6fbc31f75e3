import assert from "node:assert/strict";
import { findEngine } from "../../xs/engine.js";
import { type FirmwareOptions, XsFirmware } from "../../xs/host.js";

/** A firmware on XS and what it traced. */
export class XsDevice {
	readonly firmware: XsFirmware;
	traced = "";
	#heard: (() => void) | undefined;

	constructor(binary: string, main: string, config: object, more: Partial<FirmwareOptions> = {}) {
		const onTrace = (text: string) => {
			this.traced += text;
			this.#heard?.();
		};
		this.firmware = new XsFirmware({ binary, main, config, onTrace, ...more });
	}

	close(): void {
		this.firmware.close();
	}

	/** Waits until what it has traced matches. */
	async told(pattern: RegExp): Promise<RegExpMatchArray> {
		for (;;) {
			const match = this.traced.match(pattern);
			if (match) return match;
			const heard = new Promise<void>((resolve) => {
				this.#heard = resolve;
			});
			const failed = this.firmware.finished.then((status) => assert.fail(`ended with ${status}: ${this.traced}`));
			await Promise.race([heard, failed]);
		}
	}
}

export const engine = findEngine((line) => console.error(line));

/** Devices for the tests of a `describe` that calls this: it is skipped without XS, and they are closed after each test. */
export function xsDevices(common: object = {}) {
	const devices: XsDevice[] = [];
	before(function () {
		if (!engine.binary) this.skip();
	});
	afterEach(() => {
		for (const one of devices.splice(0)) one.close();
	});
	return (config: object, more: Partial<FirmwareOptions> = {}, main = "main"): XsDevice => {
		const device = new XsDevice(engine.binary!, main, { ...common, ...config }, more);
		devices.push(device);
		return device;
	};
}
