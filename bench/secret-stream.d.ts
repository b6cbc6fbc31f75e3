declare module "@hyperswarm/secret-stream" {
	import type { Duplex } from "node:stream";

	/** As much of it as the benchmark uses; the package has no types. */
	export default class NoiseSecretStream {
		constructor(isInitiator: boolean, stream: Duplex);
		on(event: string, listener: (value: Uint8Array) => void): this;
		on(event: "connect", listener: () => void): this;
		write(message: Uint8Array): boolean;
		end(): void;
	}
}
