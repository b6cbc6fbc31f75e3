import * as net from "node:net";
import { BaseClient, type BaseClientOptions } from "../core/client.js";
import type { Transport } from "../core/link.js";
import type { Format, Session } from "../core/session.js";
import { nodeLimits, nodePlatform } from "./platform.js";
import { SocketTransport } from "./socket.js";

/** The most that each of a host's addresses has, in milliseconds: node:net's 250 are too few for a lost SYN or a slow link. */
const ADDRESS = 2_000;

export interface ClientOptions<F extends Format = "buffer"> extends BaseClientOptions<F> {
	/** `io` is used in place of node:net; all other properties are passed to `io.connect`. */
	socket?: ({ io?: Pick<typeof net, "connect"> } & Partial<net.TcpNetConnectOpts> & ThisType<unknown>) | undefined;
}

/** Connects to one server, one session at a time. */
export class LightweightSecureClient<F extends Format = "buffer"> extends BaseClient<F, ClientOptions<F>> {
	/** @throws TypeError, RangeError; LightweightSecureError if the key cannot be used */
	constructor(options: ClientOptions<F> & ThisType<LightweightSecureClient<F>>) {
		super(options, nodePlatform, nodeLimits);
	}

	/**
	 * Connects and authenticates.
	 * @returns the session
	 * @throws HandshakeError (also given to `onHandshakeFailed`), the signal's reason, or LightweightSecureError `LST_STARTED`
	 */
	override connect({ signal }: { signal?: AbortSignal | undefined } = {}): Promise<Session<F>> {
		if (signal?.aborted) {
			const aborted = Promise.reject(signal.reason);
			if (this.hearsOfFailures) aborted.catch(() => {});
			return aborted;
		}
		const before = this.waiter;
		const connected = super.connect();
		const waiter = this.waiter;
		// Refused calls leave the attempt under way to the one that began it.
		if (signal && waiter !== before) {
			const abandon = () => this.waiter === waiter && this.abandon(signal.reason);
			const forget = () => signal.removeEventListener("abort", abandon);
			signal.addEventListener("abort", abandon, { once: true });
			connected.then(forget, forget);
		}
		return connected;
	}

	async [Symbol.asyncDispose](): Promise<void> {
		await this.close();
	}

	protected dial(): Transport {
		const { host, port, socket: given, connectTimeout = Number.POSITIVE_INFINITY } = this.options;
		const { io = net, ...rest } = given ?? {};
		const autoSelectFamilyAttemptTimeout = Math.min(ADDRESS, Math.ceil(connectTimeout / 2));
		const socket = io.connect({ noDelay: true, autoSelectFamilyAttemptTimeout, ...rest, host, port });
		const transport = new SocketTransport(socket);
		let failure: NodeJS.ErrnoException | undefined;
		const failed = (error: NodeJS.ErrnoException) => {
			failure = error;
		};
		const closed = () => {
			const reason = failure?.code === "ECONNREFUSED" ? "refused" : "unreachable";
			this.unreachable(transport, reason, failure?.code ?? failure?.message ?? "closed");
		};
		socket
			.on("error", failed)
			.on("close", closed)
			.once("connect", () => {
				socket.off("error", failed).off("close", closed);
				this.connected(transport);
			});
		return transport;
	}
}
