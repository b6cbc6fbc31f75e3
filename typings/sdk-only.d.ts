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
