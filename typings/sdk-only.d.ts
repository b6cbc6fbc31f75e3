/** For the type check without the SDK: modules that its typings have and those on npm do not. */

declare module "embedded:network/interface/wifi" {
	class WiFi {
		constructor(options: { onChanged?: (property: "connection" | "address") => void });
		close(): void;
		connect(options: { SSID: string; password?: string }): void;
		readonly connection: number;
		readonly address: string | undefined;
	}
	export default WiFi;
}

declare module "embedded:network/dnssd" {
	import type UDP from "embedded:io/socket/udp";

	interface FoundService {
		name: string;
		host: string;
		address: string;
		port: number;
		txt?: Map<string, string | undefined>;
	}
	class DNSSD {
		constructor(options: { socket: { io: typeof UDP } });
		close(): void;
		claim(options: { host: string; onReady?(): void; onError?(): void }): { close(): void };
		discover(options: { serviceType: string; onFound?(service: FoundService): void }): { close(): void };
		advertise(options: { serviceType: string; host: string; name?: string; port: number; txt?: Map<string, string> }): {
			close(): void;
			updateTXT(txt: Map<string, string>): void;
		};
	}
	export default DNSSD;
}

declare module "gcm" {
	export default class GCM {
		constructor(cipher: object);
		process(
			data: Uint8Array,
			result: ArrayBuffer | undefined,
			iv: ArrayBuffer,
			additional: ArrayBuffer,
			encrypt: boolean,
		): ArrayBuffer | undefined;
	}
}
