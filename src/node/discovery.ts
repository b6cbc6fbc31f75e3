import type { EventEmitter } from "node:events";
import { isIPv4 } from "node:net";
import { setTimeout as sleep } from "node:timers/promises";
import type { Bonjour, Service } from "bonjour-service";
import { LightweightSecureError, rangeError, typeError } from "../core/errors.js";

/** The DNS-SD service type `_lst._tcp`, as bonjour-service writes it. */
const TYPE = "lst";
/** How long a name is looked for before it is taken as free, in milliseconds; RFC 6762 §8.1 has 750. */
const PROBE = 750;
/** A question that nobody has answered is asked again after so long. RFC 6762 §5.2. */
const REPEAT = 1_000;
/** Key ids that fit a TXT record beside what else is in a packet. */
const MOST_IDS = 8;

/** A server as it announces itself by DNS-SD. Nobody has authenticated any of it: the handshake does. */
export interface FoundServer {
	readonly name: string;
	/** Its host name, `NAME.local`. */
	readonly host: string;
	readonly address: string;
	readonly port: number;
	/** The ids of the handshake keys that it says it holds. */
	readonly keyIds: readonly string[];
}

/** @throws TypeError or RangeError where it cannot be the first label of a host name (RFC 1123 §2.1) */
export function checkName(name: unknown): string {
	if (typeof name !== "string") throw typeError("`advertise` is the server's name");
	if (!/^[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?$/i.test(name))
		throw rangeError(`\`advertise\` is one label of a host name, letters, digits and hyphens, not "${name}"`);
	return name;
}

/** Runs `use` with a multicast DNS socket; fails with `LST_DISCOVERY` where the network has none. */
async function withBonjour<T>(use: (bonjour: Bonjour) => Promise<T>): Promise<T> {
	const { bonjour, failed } = await openBonjour();
	try {
		return await Promise.race([use(bonjour), failed]);
	} finally {
		bonjour.destroy();
	}
}

async function openBonjour(): Promise<{ bonjour: Bonjour; failed: Promise<never> }> {
	// Loaded on first use: who does not look for servers does not pay for it.
	const { Bonjour } = await import("bonjour-service");
	let bonjour!: Bonjour;
	const failed = new Promise<never>((_, reject) => {
		const fail = ({ message }: Error) =>
			reject(new LightweightSecureError("LST_DISCOVERY", `multicast DNS does not work here: ${message}`));
		bonjour = new Bonjour({}, fail);
		// A port that cannot be bound is told to nobody else, and thrown where nobody listens.
		(bonjour as unknown as { server: { mdns: EventEmitter } }).server.mdns.on("error", fail);
	});
	failed.catch(() => {});
	return { bonjour, failed };
}

export interface BrowseOptions {
	/** How long to look, in milliseconds; 3,000 unless set. */
	timeout?: number | undefined;
	/** Ends the search early. */
	signal?: AbortSignal | undefined;
	/** Hears of each server at once. */
	onFound?: ((server: FoundServer) => void) | undefined;
}

/**
 * The servers that announce themselves as `_lst._tcp` by DNS-SD (RFC 6763).
 * @throws LightweightSecureError `LST_DISCOVERY` where multicast DNS does not work
 */
export function browse({ timeout = 3_000, signal, onFound }: BrowseOptions = {}): Promise<FoundServer[]> {
	return withBonjour(async (bonjour) => {
		const servers: FoundServer[] = [];
		const browser = bonjour.find({ type: TYPE }, (service) => {
			const server = describe(service);
			servers.push(server);
			onFound?.(server);
		});
		for (let left = timeout; left > 0 && !signal?.aborted; left -= REPEAT) {
			await sleep(Math.min(left, REPEAT), undefined, signal && { signal }).catch(() => {});
			browser.update();
		}
		browser.stop();
		return servers;
	});
}

/** The server of that name, `NAME` or `NAME.local`; undefined where none has answered within `timeout` milliseconds. */
export async function findServer(name: string, timeout?: number): Promise<FoundServer | undefined> {
	const label = (text: string) => text.toLowerCase().replace(/\.local\.?$/, "");
	const over = new AbortController();
	let found: FoundServer | undefined;
	const onFound = (server: FoundServer) => {
		if (label(server.name) !== label(name) && label(server.host) !== label(name)) return;
		found ??= server;
		over.abort();
	};
	await browse({ timeout, signal: over.signal, onFound });
	return found;
}

/**
 * Announces a server until the function that it resolves with is called.
 * @throws LightweightSecureError `LST_DISCOVERY`, or `LST_NAME_TAKEN` where another server has the name
 */
export async function announce(name: string, port: number, keyIds: readonly string[]): Promise<() => Promise<void>> {
	const other = await findServer(name, PROBE);
	if (other)
		throw new LightweightSecureError(
			"LST_NAME_TAKEN",
			`${other.address} is called "${name}" already; choose another name`,
		);
	const { bonjour, failed } = await openBonjour();
	const txt = { key: keyIds.slice(0, MOST_IDS).join(",") };
	// The library's own probe tells of a conflict on standard output alone.
	const service = bonjour.publish({ name, type: TYPE, port, host: `${name}.local`, txt, probe: false });
	try {
		await Promise.race([new Promise<void>((resolve) => service.once("up", resolve)), failed]);
	} catch (error) {
		bonjour.destroy();
		throw error;
	}
	return () => new Promise((resolve) => bonjour.unpublishAll(() => bonjour.destroy(() => resolve())));
}

function describe({ name, host, port, addresses = [], referer, txt }: Service): FoundServer {
	const address = addresses.find(isIPv4) ?? referer?.address ?? addresses[0] ?? host;
	const ids: unknown = txt?.key;
	return { name, host, address, port, keyIds: typeof ids === "string" ? ids.split(",").filter(Boolean) : [] };
}
