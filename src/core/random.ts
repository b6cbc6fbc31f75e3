import type { Crypto } from "./crypto.js";
import { HandshakeError, messageOf } from "./errors.js";

/**
 * Draws from a platform's source and stops the handshake when that fails or repeats itself (`protocol.md`, "Notation"), as a
 * generator does that is stuck or has no entropy.
 */
export class RandomSource {
	readonly #crypto: Crypto;
	/** The first octets of the previous draw, in two numbers, since an array takes seven slots on a device. */
	#first = 0;
	#second = 0;

	constructor(crypto: Crypto) {
		this.#crypto = crypto;
	}

	/** @throws HandshakeError "random-source" */
	draw(length: number): Uint8Array {
		const octets = new Uint8Array(length);
		this.fill(octets);
		return octets;
	}

	/** @throws HandshakeError "random-source" */
	fill(octets: Uint8Array): void {
		try {
			this.#crypto.random(octets);
		} catch (error) {
			throw new HandshakeError("random-source", messageOf(error));
		}
		if (octets.length < 8) return;
		const first = word(octets, 0);
		const second = word(octets, 4);
		if (first === this.#first && second === this.#second)
			throw new HandshakeError("random-source", "it repeated itself");
		this.#first = first;
		this.#second = second;
	}
}

function word(octets: Uint8Array, at: number): number {
	return (octets[at]! << 24) | (octets[at + 1]! << 16) | (octets[at + 2]! << 8) | octets[at + 3]!;
}
