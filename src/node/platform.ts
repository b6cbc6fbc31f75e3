import type { Platform } from "../core/link.js";
import { RandomSource } from "../core/random.js";
import type { ServerLimits } from "../core/server.js";
import { nodeCrypto } from "./crypto.js";

const encoder = new TextEncoder();
const decoder = new TextDecoder("utf-8", { ignoreBOM: true });

/** Defaults on Node.js; sizes in octets. */
export const nodeLimits: ServerLimits = {
	maxMessage: 0xffff,
	maxQueued: 1 << 20,
	maxSessions: 10_000,
	maxPendingHandshakes: 1_000,
};

export const nodePlatform: Platform = {
	crypto: nodeCrypto,
	random: new RandomSource(nodeCrypto),
	now: () => performance.now(),
	// A process that was held up finds its timers due before it has read what arrived meanwhile: reading comes first.
	setTimer: (callback, delay) => setTimeout(() => setImmediate(callback), delay),
	clearTimer: (timer) => clearTimeout(timer as NodeJS.Timeout),
	soon: (callback) => process.nextTick(callback),
	encodeText: (text) => encoder.encode(text),
	decodeText: (octets) => decoder.decode(octets),
	report: (error) => {
		process.nextTick(() => {
			throw error;
		});
	},
	debug: (line) => process.stderr.write(`[LightweightSecureTCP] ${line}\n`),
};
