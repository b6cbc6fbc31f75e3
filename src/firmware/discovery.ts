import UDP from "embedded:io/socket/udp";
import DNSSD from "embedded:network/dnssd";
import Timer from "timer";
import { messageOf } from "../core/errors.js";
import { isSound } from "./dns.js";

/** The DNS-SD service type of a server (RFC 6763 §4.1.2). */
const TYPE = "_lst._tcp";
/** How long to search for a server, in milliseconds. */
const SEARCH = 5_000;

/** Where a server claims to be. This is not authenticated before the handshake. */
export interface FoundServer {
	readonly host: string;
	readonly port: number;
}

type UDPOptions = ConstructorParameters<typeof UDP>[0];

/**
 * UDP for the SDK's DNSSD (8.2.3), which never returns from a name whose pointers form a circle, and whose exceptions end the machine:
 * such packets are read as empty.
 */
export class CheckedUDP extends UDP {
	constructor(options: UDPOptions) {
		const { onReadable } = options;
		super({
			...options,
			onReadable(count: number) {
				while (count-- > 0)
					try {
						onReadable?.call(this, 1);
					} catch (error) {
						trace(`a multicast DNS packet was ignored: ${messageOf(error)}\n`);
					}
			},
		});
	}

	override read(): ArrayBuffer & { address: string; port: number } {
		const packet = super.read();
		return packet && isSound(new Uint8Array(packet))
			? packet
			: Object.assign(new ArrayBuffer(0), { address: "", port: 0 });
	}
}

let dnssd: DNSSD | undefined;
/** Why there is none. Not tried again, since the failed attempt has left a socket behind. */
let failure: string | undefined;

/** @throws Error if the platform's UDP has no multicast, like the SDK's on Linux */
function open(): DNSSD {
	try {
		if (failure === undefined) dnssd ??= new DNSSD({ socket: { io: CheckedUDP } });
	} catch (error) {
		failure = `multicast DNS does not work here: ${messageOf(error)}`;
	}
	if (!dnssd) throw new Error(failure);
	return dnssd;
}

/** An array with properties, since the SDK's serializer (8.2.3) loses the entries of a Map. */
const txtRecord = (entries: object) => Object.assign([], entries) as unknown as Map<string, string>;

/**
 * Announces a server as `NAME.local` with the ids of its keys; reports the outcome to `tell`. Returns a function to be called when they
 * have changed.
 */
export function announce(
	name: string,
	port: number,
	keyIds: () => readonly string[],
	tell: (line: string) => void,
): () => void {
	let announced: ReturnType<DNSSD["advertise"]> | undefined;
	const txt = () => txtRecord({ key: keyIds().join(",") });
	try {
		open().claim({
			host: name,
			onReady() {
				announced = open().advertise({ serviceType: TYPE, name, host: name, port, txt: txt() });
				tell(`announced as ${name}.local`);
			},
			onError: () => tell(`another device is called ${name}.local: choose another "name"`),
		});
	} catch (error) {
		tell(`not announced as ${name}.local: ${(error as Error).message}`);
	}
	return () => {
		try {
			announced?.updateTXT(txt());
		} catch (error) {
			tell(`${name}.local is still announced with its former keys: ${messageOf(error)}`);
		}
	};
}

/**
 * Searches for the server named `host` (`NAME.local`) or, if that is empty, for any that has one of the keys; calls back once,
 * with undefined if none has answered in time.
 * @throws Error if the platform's UDP has no multicast
 */
export function findServer(
	host: string,
	keyIds: readonly string[],
	callback: (server: FoundServer | undefined) => void,
): void {
	const wanted = host.toLowerCase();
	let over = false;
	const finish = (server: FoundServer | undefined) => {
		if (over) return;
		over = true;
		Timer.clear(timer);
		// Not within the SDK's own callback.
		Timer.set(() => {
			search.close();
			callback(server);
		});
	};
	const search = open().discover({
		serviceType: TYPE,
		onFound({ name, host, address, port, txt }) {
			const named = [`${name.toLowerCase()}.local`, host.toLowerCase()].includes(wanted);
			const announced = txt?.get("key")?.split(",") ?? [];
			const sameKey = announced.some((id) => keyIds.includes(id));
			// Anybody can announce anything: ignore what cannot be connected to.
			if ((wanted ? named : sameKey) && address && port > 0) finish({ host: address, port });
		},
	});
	const timer = Timer.set(() => finish(undefined), SEARCH);
}
