import TCP from "embedded:io/socket/tcp";
import Net from "net";
import { BaseClient, type BaseClientOptions } from "../core/client.js";
import { typeError } from "../core/errors.js";
import type { Transport } from "../core/link.js";
import type { Format } from "../core/session.js";
import { hasRoomForSession, moddableLimits, moddablePlatform } from "./platform.js";
import { SocketTransport, type TCPConstructor } from "./socket.js";

export interface ClientOptions<F extends Format = "buffer"> extends BaseClientOptions<F> {
	/** `io` is used in place of the platform's TCP; all other properties are passed to its constructor. */
	socket?: ({ io?: TCPConstructor } & Record<string, unknown> & ThisType<unknown>) | undefined;
	/**
	 * Looks up a host's address, and a port if it differs from `port`; calls back with undefined if there is none. Default: the
	 * platform's DNS.
	 */
	resolve?: ((host: string, callback: (address: string | undefined, port?: number) => void) => void) | undefined;
}

const isAddress = (host: string) => /^\d+\.\d+\.\d+\.\d+$/.test(host);

function resolveByNet(host: string, callback: (address: string | undefined) => void): void {
	Net.resolve(host, (_name, address) => callback(address));
}

/** Connects to one server, one session at a time. */
export class LightweightSecureClient<F extends Format = "buffer"> extends BaseClient<F, ClientOptions<F>> {
	/** @throws TypeError, RangeError; LightweightSecureError if the key cannot be used */
	constructor(options: ClientOptions<F> & ThisType<LightweightSecureClient<F>>) {
		if (options?.resolve !== undefined && typeof options.resolve !== "function")
			throw typeError("`resolve` is a function");
		super(options, moddablePlatform, moddableLimits);
	}

	protected dial(): Transport {
		const { host, port, socket, resolve = resolveByNet } = this.options;
		const { io = TCP, ...rest } = socket ?? {};
		const failed = () => this.unreachable(transport, "unreachable", "refused, or the network is down");
		const starved = () => this.unreachable(transport, "out-of-memory", "no connection was tried");
		const transport = new SocketTransport({ connected: () => this.connected(transport), closed: failed });
		const open = (address: string | undefined, found = port) => {
			try {
				if (!hasRoomForSession()) return moddablePlatform.soon(starved);
				if (!address) throw new Error("no address is known");
				transport.open(io, { nodelay: true, ...rest, address, port: found }, { address, port: found });
			} catch {
				moddablePlatform.soon(failed);
			}
		};
		try {
			if (isAddress(host)) open(host);
			else resolve.call(this, host, open);
		} catch {
			moddablePlatform.soon(failed);
		}
		return transport;
	}
}
