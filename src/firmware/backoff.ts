import { fillRandom } from "../native/lstcp_random.js";

/** Exponential backoff with full jitter between two bounds, in milliseconds. */
export class Backoff {
	readonly #least: number;
	readonly #most: number;
	#ceiling: number;

	constructor(least: number, most: number) {
		this.#least = least;
		this.#most = most;
		this.#ceiling = least;
	}

	/** The next delay: at least the lower bound, and at random up to a ceiling that doubles. */
	next(): number {
		const octets = new Uint8Array(2);
		fillRandom(octets);
		const share = ((octets[0]! << 8) | octets[1]!) / 0x10000;
		const delay = this.#least + Math.floor(share * (this.#ceiling - this.#least));
		this.#ceiling = Math.min(this.#most, this.#ceiling * 2);
		return delay;
	}

	/** What was tried has worked. */
	reset(): void {
		this.#ceiling = this.#least;
	}
}
