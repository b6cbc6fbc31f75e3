import type { ConnectionOptions } from "./actions.js";
import { MAX_TIMER_DELAY } from "./backoff.js";
import { type SuiteName, suites } from "./codec.js";
import type { KeyAgreement } from "./crypto.js";
import { DATA_HEADER, HELLO } from "./delivery/frames.js";
import type { Stream } from "./delivery/stream.js";
import { LightweightSecureError, rangeError, typeError } from "./errors.js";
import { Key } from "./key.js";
import type { Platform } from "./link.js";
import { copy, nothing } from "./octets.js";
import { LONGEST_BUNDLED, LONGEST_MESSAGE, OVERHEAD } from "./outbox.js";
import type { Profile } from "./profile.js";
import type { Registry } from "./registry.js";
import { secureProfile } from "./secure.js";
import type { Format } from "./session.js";

/** What a client and a server have in common. Times are in milliseconds, sizes in octets. */
export interface CommonOptions<F extends Format = Format> {
	/** `original({ … })`, from its own entry point, talks to the C++ library. Default: the `secure` profile. */
	profile?: Profile | undefined;
	/** The handshake key; takes precedence over that of `LightweightSecureTCP.setHandshakeKey`. */
	key?: Key | undefined;
	/** 0 to 255 octets (text is encoded as UTF-8) that must be the same on both sides and are never sent, such as the server's name. */
	context?: string | Uint8Array | undefined;
	/**
	 * The suites that this side accepts; a client asks for the first. "psk-p256" has forward secrecy, "psk" does not. Default: both, in
	 * this order; on a device whose manifest does not include `src/p256/manifest.json`, "psk" only.
	 */
	suites?: readonly SuiteName[] | undefined;
	/** "buffer", the default, delivers messages as octets, "string" as text decoded from UTF-8. */
	format?: F | undefined;
	/** A KeepAlive is sent after this long without sending. At least 1 and below the inactivity timeout. Default: 5,000, or a third of that timeout if that is less. */
	keepAliveInterval?: number | undefined;
	/** The session ends after this long without a record from the peer. At least 2; −1 turns it off. Default: 30,000. */
	inactivityTimeout?: number | undefined;
	/** The session ends when the network has taken none of the waiting octets for this long; −1 turns it off. Default: 30,000. */
	sendTimeout?: number | undefined;
	/** Time limit of the whole handshake, from when TCP is connected. Default: 10,000. */
	handshakeTimeout?: number | undefined;
	/** The longest message that is accepted, 1 to 65,535 (`original` profile: 65,528). Default: the maximum; on a device 4,096. */
	maxMessage?: number | undefined;
	/** How much may wait to be sent; each message counts 19 octets more than its own. Default: 1,048,576; on a device 8,192. */
	maxQueued?: number | undefined;
	/** Waiting messages travel together in records of up to this much plaintext, which the peer must accept; 0: never. Default: 1,024, or `maxMessage` if that is less. */
	maxBundle?: number | undefined;
	/** "acknowledged": messages are sent with `deliver`, survive their session, and arrive once and in order. On both sides or on neither. */
	delivery?: "acknowledged" | undefined;
	/** How much may wait to be acknowledged; each message counts 26 octets more than its own. Default: `maxQueued`. */
	maxUndelivered?: number | undefined;
	/** With acknowledged delivery: one of the two sides has lost what it remembered, so messages may arrive twice. */
	onNewEpoch?: ((stream: Stream) => void) | undefined;
	/** Hides lengths: each record that carries messages is padded to a multiple of this many octets. Default: 0, off. */
	padTo?: number | undefined;
}

/** Defaults that differ from platform to platform. */
export interface Limits {
	readonly slice: number;
	readonly maxMessage: number;
	readonly maxQueued: number;
	readonly suites: readonly SuiteName[];
}

export function wholeNumber(name: string, value: unknown, least: number, most: number): number {
	if (typeof value !== "number") throw typeError(`\`${name}\` is a number`);
	if (!Number.isInteger(value) || value < least || value > most)
		throw rangeError(`\`${name}\` is a whole number from ${least} to ${most}, not ${value}`);
	return value;
}

/** @throws TypeError, RangeError */
export function checkFormat<F extends Format>(format: F | undefined): F {
	if (format !== undefined && format !== "buffer" && format !== "string")
		throw rangeError(`\`format\` is "buffer" or "string", not ${String(format)}`);
	return format ?? ("buffer" as F);
}

/** @throws TypeError if a callback is given that is not a function */
export function checkCallbacks(options: object): void {
	for (const [name, value] of Object.entries(options))
		if (/^on[A-Z]/.test(name) && value !== undefined && typeof value !== "function")
			throw typeError(`\`${name}\` is a function`);
}

/**
 * The keys of a client or server: its own, else the process-wide one.
 * @throws TypeError, RangeError, LightweightSecureError `LST_NO_KEY` or `LST_KEY_ID_TWICE`
 */
export function chooseKeys(
	given: Key | readonly Key[] | undefined,
	registry: Registry,
	profile = secureProfile,
): readonly Key[] {
	const keys = given === undefined ? [registry.handshakeKey] : given instanceof Key ? [given] : given;
	if (!Array.isArray(keys)) throw typeError("`key` is a Key and `keys` an array of them");
	if (keys[0] === undefined)
		throw new LightweightSecureError(
			"LST_NO_KEY",
			"there is no handshake key: pass `key`, or call LightweightSecureTCP.setHandshakeKey first",
		);
	const ids = new Set<string>();
	for (const key of keys) {
		if (!(key instanceof Key)) throw typeError("`key` is a Key and `keys` an array of them; see Key.fromHex");
		if (ids.has(key.id)) throw new LightweightSecureError("LST_KEY_ID_TWICE", `two of the keys have the id ${key.id}`);
		ids.add(key.id);
	}
	if (!profile.mutual && keys.length > 1)
		throw rangeError("the original profile has no key ids, so there can be only one key");
	return keys as readonly Key[];
}

/**
 * The last check: notes which keys serve which profile, and warns, once per program, of a profile that is weak.
 * @throws LightweightSecureError `LST_KEY_WIPED` or `LST_KEY_IN_OTHER_PROFILE`
 */
export function claimKeys(
	keys: readonly Key[],
	registry: Registry,
	profile: Profile,
	platform: Pick<Platform, "warn">,
): void {
	for (const key of keys) key.checkNotWiped();
	registry.claim(
		keys.map(({ id }) => id),
		profile.name,
	);
	if (!profile.warning || registry.warned) return;
	registry.warned = true;
	platform.warn(profile.warning);
}

/** @throws TypeError where it is none */
export function checkProfile(profile: Profile = secureProfile): Profile {
	if (typeof profile !== "object" || typeof profile?.exchange !== "function")
		throw typeError("`profile` is what `original()` returns, or left out");
	return profile;
}

/**
 * A connection's configuration: checks the options that client and server have in common, and adds the defaults.
 * @throws TypeError or RangeError that names the option
 */
export function checkOptions(
	options: CommonOptions & { readonly onHandshakeStep?: unknown },
	limits: Limits,
	platform: Pick<Platform, "crypto" | "random" | "agreement" | "encodeText" | "hasRoom" | "offHeap">,
	side: Pick<ConnectionOptions, "role" | "registry" | "keys"> & Partial<ConnectionOptions>,
): ConnectionOptions {
	const profile = checkProfile(options.profile);
	refuseSecureOnly(options, profile);
	const inactivityTimeout = options.inactivityTimeout ?? 30_000;
	if (inactivityTimeout !== -1) wholeNumber("inactivityTimeout", inactivityTimeout, 2, MAX_TIMER_DELAY);
	const longest = inactivityTimeout < 0 ? MAX_TIMER_DELAY : inactivityTimeout - 1;
	const keepAliveInterval = options.keepAliveInterval ?? Math.min(5_000, Math.ceil(longest / 3));
	const { longestMessage } = profile;
	const longestHere = Math.min(limits.maxMessage, longestMessage);
	const header = options.delivery === undefined ? 0 : DATA_HEADER;
	const longestOfAll = wholeNumber("maxMessage", options.maxMessage ?? longestHere, 1, longestMessage);
	const maxMessage = Math.min(longestMessage, header ? Math.max(longestOfAll + header, HELLO) : longestOfAll);
	const maxBundle = profile.mutual ? Math.min(1024, maxMessage) : 0;
	return {
		profile,
		crypto: platform.crypto,
		random: platform.random,
		hasRoom: platform.hasRoom,
		offHeap: platform.offHeap,
		allowSelfConnection: false,
		...side,
		context: checkContext(options.context ?? "", platform.encodeText),
		...(profile.mutual ? chooseSuites(options.suites ?? limits.suites, platform.agreement) : { suites: [] }),
		keepAliveInterval: wholeNumber("keepAliveInterval", keepAliveInterval, 1, longest),
		inactivityTimeout,
		sendTimeout:
			options.sendTimeout === -1 ? -1 : wholeNumber("sendTimeout", options.sendTimeout ?? 30_000, 1, MAX_TIMER_DELAY),
		handshakeTimeout: wholeNumber("handshakeTimeout", options.handshakeTimeout ?? 10_000, 1, MAX_TIMER_DELAY),
		maxMessage,
		steps: options.onHandshakeStep !== undefined,
		slice: limits.slice,
		maxQueued: wholeNumber("maxQueued", options.maxQueued ?? limits.maxQueued, 20, Number.MAX_SAFE_INTEGER),
		maxBundle: wholeNumber("maxBundle", options.maxBundle ?? maxBundle, 0, LONGEST_MESSAGE),
		padTo: wholeNumber("padTo", options.padTo ?? 0, 0, LONGEST_MESSAGE),
	};
}

/** Options that do not apply to the `original` profile. */
const SECURE_ONLY = Object.freeze(["context", "suites", "maxBundle", "padTo", "findKey", "allowSelfConnection"]);

function refuseSecureOnly(options: object, profile: Profile): void {
	if (profile === secureProfile) return;
	for (const name of SECURE_ONLY)
		if ((options as Record<string, unknown>)[name] !== undefined)
			throw rangeError(`\`${name}\` is not to be had in the ${profile.name} profile; leave it out`);
}

/** The configuration of acknowledged delivery; undefined if it is off. @throws TypeError, RangeError */
export function checkDelivery(options: CommonOptions, connection: ConnectionOptions) {
	const { maxQueued, handshakeTimeout, padTo, profile } = connection;
	const { delivery, maxUndelivered } = options;
	if (delivery === undefined) return undefined;
	if (delivery !== "acknowledged")
		throw rangeError(`\`delivery\` is "acknowledged" or left out, not ${String(delivery)}`);
	if (maxQueued < HELLO + OVERHEAD)
		throw rangeError(`with \`delivery\`, \`maxQueued\` is at least ${HELLO + OVERHEAD}`);
	const longest = padTo ? LONGEST_BUNDLED : profile.longestMessage;
	return {
		maxUndelivered: wholeNumber("maxUndelivered", maxUndelivered ?? maxQueued, 64, Number.MAX_SAFE_INTEGER),
		longest: Math.min(longest, maxQueued - OVERHEAD) - DATA_HEADER,
		helloTimeout: handshakeTimeout,
	};
}

function checkContext(context: unknown, encodeText: (text: string) => Uint8Array): Uint8Array {
	const octets = typeof context === "string" ? encodeText(context) : context;
	if (!(octets instanceof Uint8Array)) throw typeError("`context` is a string or a Uint8Array");
	if (octets.length > 255) throw rangeError(`\`context\` has at most 255 octets, not ${octets.length}`);
	return octets.length ? copy(octets) : nothing;
}

function chooseSuites(
	names: unknown,
	agreement: KeyAgreement | undefined,
): Pick<ConnectionOptions, "suites" | "agreement"> {
	if (!Array.isArray(names)) throw typeError("`suites` is an array of suite names");
	if (!names.length) throw rangeError("`suites` names at least one suite");
	const chosen = names.map((name) => {
		const suite = Object.hasOwn(suites, name) ? suites[name as SuiteName] : undefined;
		if (!suite) throw rangeError(`\`suites\` names ${Object.keys(suites).join(" or ")}, not ${String(name)}`);
		return suite;
	});
	if (!chosen.some(({ share }) => share)) return { suites: chosen };
	if (!agreement)
		throw rangeError(
			"`suites` names psk-p256, which is not in this program: include src/p256/manifest.json in its manifest",
		);
	return { suites: chosen, agreement };
}
