import type { Crypto } from "./crypto.js";
import { HandshakeError } from "./errors.js";

/**
 * Draws from a platform's source and stops the handshake when it fails or repeats itself (`protocol.md`, "Primitives",
 * Random): what a generator without entropy, or one that is stuck, does first.
 */
export class RandomSource {
	readonly #crypto: Crypto;
	readonly #previous = new Uint8Array(8);

	constructor(crypto: Crypto) {
		this.#crypto = crypto;
	}

	/** @throws HandshakeError "random-source" */
	draw(length: number): Uint8Array {
		const octets = new Uint8Array(length);
		try {
			this.#crypto.random(octets);
		} catch (error) {
			throw new HandshakeError("random-source", error instanceof Error ? error.message : String(error));
		}
		const previous = this.#previous;
		if (length < previous.length) return octets;
		let repeated = true;
		for (let i = 0; i < previous.length; i++) {
			if (octets[i] !== previous[i]) repeated = false;
			previous[i] = octets[i]!;
		}
		if (repeated) throw new HandshakeError("random-source", "it repeated itself");
		return octets;
	}
}
