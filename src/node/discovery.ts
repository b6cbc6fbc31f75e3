import type { EventEmitter } from "node:events";
import { isIPv4 } from "node:net";
import { networkInterfaces } from "node:os";
import { setTimeout as sleep } from "node:timers/promises";
import type { Bonjour, Browser, Service } from "bonjour-service";
import { MAX_TIMER_DELAY } from "../core/backoff.js";
import { LightweightSecureError, rangeError, typeError } from "../core/errors.js";
import { wholeNumber } from "../core/options.js";

/** The DNS-SD service type `_lst._tcp`, as bonjour-service writes it. */
const TYPE = "lst";
/** How long a name is probed before it counts as free, in milliseconds. RFC 6762 §8.1. */
const PROBE = 750;
/** An unanswered question is repeated after this many milliseconds. RFC 6762 §5.2. */
const REPEAT = 1_000;
/** How often a server checks whether its addresses or keys have changed, in milliseconds. */
const WATCH = 5_000;
/** The most key ids that fit in one string of a TXT record. RFC 6763 §6.1. */
const MOST_IDS = 14;

/** A server as it announces itself by DNS-SD. None of this is authenticated before the handshake. */
export interface FoundServer {
	readonly name: string;
	/** Its host name, `NAME.local`. */
	readonly host: string;
	readonly address: string;
	readonly port: number;
	/** The ids of the handshake keys that it claims to hold, at most 14. */
	readonly keyIds: readonly string[];
}

export interface FindOptions {
	/** How long to search, in milliseconds. Default: 3,000. */
	timeout?: number | undefined;
	/** Ends the search early, with what was found until then. */
	signal?: AbortSignal | undefined;
}

export interface BrowseOptions extends FindOptions {
	/** Called for each server as soon as it is found. */
	onFound?: ((server: FoundServer) => void) | undefined;
}

const fail = (why: string) => new LightweightSecureError("LST_DISCOVERY", `multicast DNS does not work here: ${why}`);

/** @throws TypeError or RangeError if it cannot be the first label of a host name (RFC 1123 §2.1) */
export function checkName(name: unknown): string {
	if (typeof name !== "string") throw typeError("`advertise` is the server's name");
	if (!/^[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?$/i.test(name))
		throw rangeError(`\`advertise\` is one label of a host name, letters, digits and hyphens, not "${name}"`);
	return name;
}

/**
 * The servers that announce themselves as `_lst._tcp` by DNS-SD (RFC 6763).
 * @throws (rejects with) TypeError, RangeError; LightweightSecureError `LST_DISCOVERY` if multicast DNS does not work;
 * what `onFound` throws
 */
export async function browse(options: BrowseOptions = {}): Promise<FoundServer[]> {
	if (typeof options !== "object" || options === null) throw typeError("the options are given as one object");
	const { timeout = 3_000, signal, onFound } = options;
	wholeNumber("timeout", timeout, 0, MAX_TIMER_DELAY);
	if (onFound !== undefined && typeof onFound !== "function") throw typeError("`onFound` is a function");
	const { bonjour, failed } = await openBonjour();
	const thrown = new AbortController();
	const servers = new Map<string, FoundServer>();
	try {
		const found = (service: Service) => {
			const server = describe(service);
			if (!server || signal?.aborted) return;
			servers.set(service.fqdn, server);
			try {
				onFound?.(server);
			} catch (error) {
				thrown.abort(error);
			}
		};
		const browser = bonjour.find({ type: TYPE }, found).on("down", ({ fqdn }) => servers.delete(fqdn));
		const wrong = AbortSignal.any([failed, thrown.signal]);
		await ask(browser, timeout, signal ? AbortSignal.any([wrong, signal]) : wrong);
		wrong.throwIfAborted();
		return [...servers.values()];
	} finally {
		bonjour.destroy();
	}
}

/**
 * The server with that name, `NAME` or `NAME.local`; undefined if none has answered in time.
 * @throws (rejects) as `browse`
 */
export async function findServer(name: string, options: FindOptions = {}): Promise<FoundServer | undefined> {
	if (typeof name !== "string") throw typeError("the name of a server is a string");
	if (typeof options !== "object" || options === null) throw typeError("the options are given as one object");
	const { timeout, signal } = options;
	const label = (text: string) => text.toLowerCase().replace(/\.local\.?$/, "");
	const over = new AbortController();
	let found: FoundServer | undefined;
	const onFound = (server: FoundServer) => {
		if (label(server.name) !== label(name) && label(server.host) !== label(name)) return;
		found ??= server;
		over.abort();
	};
	await browse({ timeout, signal: AbortSignal.any(signal ? [over.signal, signal] : [over.signal]), onFound });
	return found;
}

/**
 * Announces a server until the signal is aborted; resolves when the announcement is withdrawn.
 * @throws (rejects with) LightweightSecureError `LST_DISCOVERY`, or `LST_NAME_TAKEN` if another server has the name
 */
export async function announce(
	name: string,
	port: number,
	keyIds: () => readonly string[],
	signal: AbortSignal,
): Promise<void> {
	const other = await findServer(name, { timeout: PROBE, signal });
	if (signal.aborted) return;
	if (other)
		throw new LightweightSecureError(
			"LST_NAME_TAKEN",
			`${other.address} is called "${name}" already; choose another name`,
		);
	const { bonjour, failed } = await openBonjour();
	const over = AbortSignal.any([failed, signal]);
	try {
		for (let announced = ""; !over.aborted; ) {
			const key = keyIds().slice(0, MOST_IDS).join(",");
			// bonjour-service announces the addresses at the time of `publish`.
			const current = `${ownAddresses()} ${key}`;
			if (announced !== current) {
				if (announced) await withdraw(bonjour);
				announced = current;
				// bonjour-service's own probe reports a conflict on standard output only.
				bonjour.publish({ name, type: TYPE, port, host: `${name}.local`, txt: { key }, probe: false });
			}
			await sleep(WATCH, undefined, { signal: over, ref: false }).catch(() => {});
		}
		failed.throwIfAborted();
		await withdraw(bonjour);
	} finally {
		bonjour.destroy();
	}
}

const withdraw = (bonjour: Bonjour) => new Promise<void>((resolve) => bonjour.unpublishAll(() => resolve()));

function ownAddresses(): string {
	const all = Object.values(networkInterfaces()).flatMap((one) => one ?? []);
	return all.flatMap(({ internal, address }) => (internal ? [] : [address])).join(" ");
}

/** `failed` is aborted, with the error to throw, if multicast DNS does not work. */
async function openBonjour(): Promise<{ bonjour: Bonjour; failed: AbortSignal }> {
	if (!ownAddresses()) throw fail("this machine has no network");
	// Loaded on first use, as most programs do not need it.
	const { Bonjour } = await import("bonjour-service");
	const failed = new AbortController();
	const lose = ({ message }: Error) => failed.abort(fail(message));
	const bonjour = new Bonjour({}, lose);
	// A port that cannot be bound is reported here only, and thrown without a listener.
	(bonjour as unknown as { server: { mdns: EventEmitter } }).server.mdns.on("error", lose);
	return { bonjour, failed: failed.signal };
}

async function ask(browser: Browser, timeout: number, signal: AbortSignal): Promise<void> {
	for (let left = timeout; left > 0 && !signal.aborted; left -= REPEAT) {
		await sleep(Math.min(left, REPEAT), undefined, { signal }).catch(() => {});
		if (left > REPEAT && !signal.aborted) browser.update();
	}
}

/** Undefined if it cannot be connected to. The address that it answered from is known to reach it. */
function describe({ name, host, port, addresses = [], referer, txt }: Service): FoundServer | undefined {
	const candidates = [referer?.address, ...addresses].filter((one) => one !== undefined);
	const address = candidates.find(isIPv4) ?? candidates[0];
	if (address === undefined || !(port > 0)) return undefined;
	const ids: unknown = txt?.key;
	return { name, host, address, port, keyIds: typeof ids === "string" ? ids.split(",").filter(Boolean) : [] };
}
