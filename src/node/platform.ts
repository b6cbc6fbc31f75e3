import type { Platform } from "../core/link.js";
import { P256 } from "../core/p256/p256.js";
import { RandomSource } from "../core/random.js";
import type { ServerLimits } from "../core/server.js";
import { nodeCrypto } from "./crypto.js";
import { newKeyPair } from "./p256.js";
import { offHeap } from "./slab.js";

/** The most that a turn of the event loop takes which was not held up, in milliseconds, and the most turns that a due timer waits. */
const LONGEST_TURN = 20;
const TURNS = 3;

/** A timer that lets the event loop read before its callback: after a process was held up, timers are due before anything was read. */
class LateTimer<T> {
	readonly #callback: (target: T) => void;
	readonly #target: T;
	readonly #timeout: NodeJS.Timeout;
	#cleared = false;
	#since = 0;
	#turns = 0;

	constructor(callback: (target: T) => void, delay: number, target: T) {
		this.#callback = callback;
		this.#target = target;
		this.#timeout = setTimeout(LateTimer.#due, delay, this);
	}

	static #due<T>(timer: LateTimer<T>): void {
		timer.#since = performance.now();
		setImmediate(LateTimer.#ring, timer);
	}

	static #ring<T>(timer: LateTimer<T>): void {
		if (timer.#cleared) return;
		// Held up since it was due: what has arrived meanwhile is read before the next turn.
		if (++timer.#turns < TURNS && performance.now() - timer.#since > LONGEST_TURN) return LateTimer.#due(timer);
		timer.#callback(timer.#target);
	}

	clear(): void {
		clearTimeout(this.#timeout);
		// Not `clearImmediate`: while an exception is handled, Node 20 fails without end if the next immediate was cleared.
		this.#cleared = true;
	}
}

/** After this many milliseconds of delivering, the event loop has a turn; looked at once in so many messages, as a look costs a tenth of one. */
const LONGEST_DELIVERY = 20;
const SELDOM = 8;
let delivered = 0;
/** When the first look of this turn was, and undefined before. */
let looked: number | undefined;
const endTurn = () => {
	looked = undefined;
};

const encoder = new TextEncoder();
const decoder = new TextDecoder("utf-8", { ignoreBOM: true });

/** Defaults on Node.js; sizes in octets. */
export const nodeLimits: ServerLimits = {
	maxMessage: 0xffff,
	slice: Number.POSITIVE_INFINITY,
	maxQueued: 1 << 20,
	maxSessions: 10_000,
	maxPendingHandshakes: 1_000,
	maxPendingPerAddress: 100,
	maxStreams: 10_000,
	suites: ["psk-p256", "psk"],
};

const random = new RandomSource(nodeCrypto);

export const nodePlatform: Platform = {
	crypto: nodeCrypto,
	random,
	agreement: new P256(newKeyPair, random),
	now: () => performance.now(),
	setTimer: (callback, delay, target) => new LateTimer(callback, delay, target),
	clearTimer: (timer) => (timer as LateTimer<unknown> | undefined)?.clear(),
	rest(callback, target) {
		if (++delivered % SELDOM) return false;
		const now = performance.now();
		if (looked === undefined) {
			looked = now;
			setImmediate(endTurn);
		}
		if (now - looked < LONGEST_DELIVERY) return false;
		setImmediate(callback, target);
		return true;
	},
	soon: (callback) => process.nextTick(callback),
	encodeText: (text) => encoder.encode(text),
	decodeText: (octets) => decoder.decode(octets),
	offHeap,
	report: (error) => {
		process.nextTick(() => {
			throw error;
		});
	},
	warn: (line) => process.emitWarning(line, "LightweightSecureWarning"),
	debug: (line) => process.stderr.write(`[LightweightSecureTCP] ${line}\n`),
};
