import type { HandshakeError, SessionEnd } from "./errors.js";
import type { RandomSource } from "./random.js";

/** The longest delay of a timer, in milliseconds. */
export const MAX_TIMER_DELAY = 0x7fffffff;
/** The factor by which both bounds are raised if trying again soon would not help. */
const SLOW = 5;

/** Exponential backoff with full jitter between two bounds, in milliseconds. */
export class Backoff {
	readonly #least: number;
	readonly #most: number;
	readonly #random: RandomSource;
	/** Attempts since `reset`. */
	attempt: number;

	constructor(least: number, most: number, random: RandomSource, attempt = 0) {
		this.#least = least;
		this.#most = most;
		this.#random = random;
		this.attempt = attempt;
	}

	/** The next delay: random between the lower bound and a ceiling that doubles each time, up to the upper bound. */
	next(slow = false): number {
		const factor = slow ? SLOW : 1;
		const [least, most] = [this.#least * factor, this.#most * factor];
		const ceiling = Math.min(most, least * 2 ** Math.min(30, ++this.attempt));
		return Math.min(MAX_TIMER_DELAY, least + Math.floor(this.#share() * Math.max(0, ceiling - least)));
	}

	/** An attempt has succeeded. */
	reset(): void {
		this.attempt = 0;
	}

	/** Random from 0 to 1; 1 if the random source fails, for the longest delay. */
	#share(): number {
		try {
			const octets = this.#random.draw(3);
			return ((octets[0]! << 16) | (octets[1]! << 8) | octets[2]!) / 0x1000000;
		} catch {
			return 1;
		}
	}
}

const SOON: readonly string[] = Object.freeze([
	"unreachable",
	"refused",
	"timeout",
	"cut-off",
	"idle-too-long",
	"send-timeout",
	"done",
	"server-stopped",
]);

/** Whether trying again soon will not help: keys that differ, a full server, a faulty peer. */
export function needsSlowRetry(reason: HandshakeError | SessionEnd): boolean {
	return !SOON.includes(reason.reason);
}
