import type { EventEmitter } from "node:events";
import { isIPv4 } from "node:net";
import { networkInterfaces } from "node:os";
import { setTimeout as sleep } from "node:timers/promises";
import type { Bonjour, Browser, Service } from "bonjour-service";
import { LONGEST_TIME } from "../core/backoff.js";
import { LightweightSecureError, rangeError, typeError } from "../core/errors.js";
import { wholeNumber } from "../core/options.js";

/** The DNS-SD service type `_lst._tcp`, as bonjour-service writes it. */
const TYPE = "lst";
/** How long a name is looked for before it is taken as free, in milliseconds; RFC 6762 §8.1 has 750. */
const PROBE = 750;
/** A question that nobody has answered is asked again after so long. RFC 6762 §5.2. */
const REPEAT = 1_000;
/** How often a server looks whether its addresses or its keys have changed, in milliseconds. */
const WATCH = 5_000;
/** Key ids that one string of a TXT record has room for. RFC 6763 §6.1. */
const MOST_IDS = 14;

/** A server as it announces itself by DNS-SD. Nobody has authenticated any of it: the handshake does. */
export interface FoundServer {
	readonly name: string;
	/** Its host name, `NAME.local`. */
	readonly host: string;
	readonly address: string;
	readonly port: number;
	/** The ids of the handshake keys that it says it holds, the first 14 of them. */
	readonly keyIds: readonly string[];
}

export interface FindOptions {
	/** How long to look, in milliseconds; 3,000 unless set. */
	timeout?: number | undefined;
	/** Ends the search early; what was found until then is the outcome. */
	signal?: AbortSignal | undefined;
}

export interface BrowseOptions extends FindOptions {
	/** Hears of each server at once. */
	onFound?: ((server: FoundServer) => void) | undefined;
}

const fail = (why: string) => new LightweightSecureError("LST_DISCOVERY", `multicast DNS does not work here: ${why}`);

/** @throws TypeError or RangeError where it cannot be the first label of a host name (RFC 1123 §2.1) */
export function checkName(name: unknown): string {
	if (typeof name !== "string") throw typeError("`advertise` is the server's name");
	if (!/^[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?$/i.test(name))
		throw rangeError(`\`advertise\` is one label of a host name, letters, digits and hyphens, not "${name}"`);
	return name;
}

/**
 * The servers that announce themselves as `_lst._tcp` by DNS-SD (RFC 6763).
 * @throws (rejects with) TypeError, RangeError; LightweightSecureError `LST_DISCOVERY` where multicast DNS does not work;
 * what `onFound` throws
 */
export async function browse(options: BrowseOptions = {}): Promise<FoundServer[]> {
	if (typeof options !== "object" || options === null) throw typeError("the options are given as one object");
	const { timeout = 3_000, signal, onFound } = options;
	wholeNumber("timeout", timeout, 0, LONGEST_TIME);
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
 * The server of that name, `NAME` or `NAME.local`; undefined where none has answered in time.
 * @throws (rejects) as `browse`
 */
export async function findServer(name: string, options: FindOptions = {}): Promise<FoundServer | undefined> {
	if (typeof name !== "string") throw typeError("a server is looked for by its name");
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
 * Announces a server until the signal is aborted; resolves when nobody takes it for announced any more.
 * @throws (rejects with) LightweightSecureError `LST_DISCOVERY`, or `LST_NAME_TAKEN` where another server has the name
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
			// It announces the addresses of the moment when it is told to.
			const current = `${ownAddresses()} ${key}`;
			if (announced !== current) {
				if (announced) await withdraw(bonjour);
				announced = current;
				// The library's own probe tells of a conflict on standard output alone.
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

/** `failed` is aborted, with what is to be thrown, where multicast DNS does not work. */
async function openBonjour(): Promise<{ bonjour: Bonjour; failed: AbortSignal }> {
	if (!ownAddresses()) throw fail("this machine has no network");
	// Loaded on first use: who does not look for servers does not pay for it.
	const { Bonjour } = await import("bonjour-service");
	const failed = new AbortController();
	const lose = ({ message }: Error) => failed.abort(fail(message));
	const bonjour = new Bonjour({}, lose);
	// A port that cannot be bound is told to nobody else, and thrown where nobody listens.
	(bonjour as unknown as { server: { mdns: EventEmitter } }).server.mdns.on("error", lose);
	return { bonjour, failed: failed.signal };
}

async function ask(browser: Browser, timeout: number, signal: AbortSignal): Promise<void> {
	for (let left = timeout; left > 0 && !signal.aborted; left -= REPEAT) {
		await sleep(Math.min(left, REPEAT), undefined, { signal }).catch(() => {});
		if (left > REPEAT && !signal.aborted) browser.update();
	}
}

/** Undefined where nobody could connect to it. The address that it answered from is one that reaches it. */
function describe({ name, host, port, addresses = [], referer, txt }: Service): FoundServer | undefined {
	const candidates = [referer?.address, ...addresses].filter((one) => one !== undefined);
	const address = candidates.find(isIPv4) ?? candidates[0];
	if (address === undefined || !(port > 0)) return undefined;
	const ids: unknown = txt?.key;
	return { name, host, address, port, keyIds: typeof ids === "string" ? ids.split(",").filter(Boolean) : [] };
}
