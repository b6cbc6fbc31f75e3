import TextDecoder from "text/decoder";
import Time from "time";
import Timer from "timer";
import type { SuiteName } from "../core/codec.js";
import type { KeyAgreement } from "../core/crypto.js";
import type { Platform } from "../core/link.js";
import { RandomSource } from "../core/random.js";
import type { ServerLimits } from "../core/server.js";
import { hasRoom } from "../native/lstcp_memory.js";
import { newAgreement } from "./agreement.js";
import { moddableCrypto } from "./crypto.js";

/** Defaults on a device; sizes in octets. */
export const moddableLimits: ServerLimits = Object.freeze({
	maxMessage: 4096,
	slice: 4096,
	maxQueued: 8192,
	maxSessions: 4,
	maxPendingHandshakes: 5,
	// As many as there can be sessions, since they may all come from behind one router after a power cut.
	maxPendingPerAddress: 4,
	maxStreams: 4,
	suites: Object.freeze<SuiteName[]>(newAgreement ? ["psk-p256", "psk"] : ["psk"]),
});

/** Twice the slots that receiving a packet, or ending its session, takes at once, as measured on the desktop. */
const PACKET_SLOTS = 96;
/**
 * What a handshake and its session take at once, as measured on the desktop, and half as much again for others in progress:
 * octets of chunks, and slots.
 */
const SESSION_ROOM = 2048;
const SESSION_SLOTS = 224;

/** Whether there is memory for one more session. */
export const hasRoomForSession = () => hasRoom(SESSION_ROOM, SESSION_SLOTS);

let elapsed = 0;
let lastTicks: number | undefined;

/** Milliseconds that never go back, although the device's ticks wrap after weeks. */
function now(): number {
	const ticks = Time.ticks;
	if (lastTicks !== undefined) elapsed += Time.delta(lastTicks, ticks);
	lastTicks = ticks;
	return elapsed;
}

/** Milliseconds to the next turn of the event loop, and the most that a turn takes which was not held up. */
const TURN = 1;
const LONGEST_TURN = 20;
/** The most turns that a due timer waits, since a device may be slow for long. */
const TURNS = 3;

interface Alarm<T> extends Timer {
	callback: (target: T) => void;
	target: T;
	/** When it last rang, and in how many turns. */
	rang?: number;
	turns?: number;
}

/**
 * One function for all timers, since each closure takes eleven slots. A device serves its timers before its network: after it was
 * held up, peers would seem silent. So a due timer waits for a short turn.
 */
function ring(timer: Timer): void {
	const alarm = timer as Alarm<unknown>;
	const { rang, turns = 0, callback, target } = alarm;
	const at = now();
	alarm.rang = at;
	alarm.turns = turns + 1;
	if (turns + 1 < TURNS && (rang === undefined || at - rang > LONGEST_TURN)) return;
	Timer.clear(timer);
	callback(target);
}

let random: RandomSource | undefined;
let agreement: KeyAgreement | undefined;

export const moddablePlatform: Platform = Object.freeze({
	crypto: moddableCrypto,
	get random() {
		random ??= new RandomSource(moddableCrypto);
		return random;
	},
	// Undefined unless `src/p256/manifest.json` replaces `agreement.ts`.
	get agreement() {
		agreement ??= newAgreement?.(moddablePlatform.random);
		return agreement;
	},
	now,
	setTimer<T>(callback: (target: T) => void, delay: number, target: T) {
		const timer = Timer.set(ring, delay, TURN) as Alarm<T>;
		timer.callback = callback;
		timer.target = target;
		return timer;
	},
	clearTimer: (timer) => Timer.clear(timer as Timer | undefined),
	soon: (callback) => {
		Promise.resolve().then(callback).catch(moddablePlatform.report);
	},
	encodeText: (text) => new Uint8Array(ArrayBuffer.fromString(text)),
	decodeText: (octets) => new TextDecoder("utf-8", { ignoreBOM: true }).decode(octets),
	report: (error) => {
		trace(`${error instanceof Error ? (error.stack ?? error.message) : String(error)}\n`);
	},
	warn: (line) => {
		trace(`warning: ${line}\n`);
	},
	debug: (line) => {
		trace(`[LightweightSecureTCP] ${line}\n`);
	},
	// XS ends the machine when it collects a promise with an unhandled rejection.
	reportsRejections: true,
	hasRoom: (octets) => hasRoom(octets, PACKET_SLOTS),
});
