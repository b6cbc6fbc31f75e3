import * as net from "node:net";
import { LightweightSecureError, typeError } from "../core/errors.js";
import type { PeerAddress } from "../core/link.js";
import { BaseServer, type BaseServerOptions } from "../core/server.js";
import type { Format } from "../core/session.js";
import { announce, checkName } from "./discovery.js";
import { nodeLimits, nodePlatform } from "./platform.js";
import { SocketTransport } from "./socket.js";

export interface ServerOptions<F extends Format = "buffer"> extends BaseServerOptions<F> {
	/** The local address or host name to listen on. Default: all addresses. */
	host?: string | undefined;
	/** `io` is used in place of node:net. */
	socket?: ({ io: Pick<typeof net, "createServer"> } & ThisType<unknown>) | undefined;
	/** Announces the server by DNS-SD under this NAME as `NAME.local`, service `_lst._tcp`, with its key ids. */
	advertise?: string | undefined;
}

/** Accepts connections, authenticates them and hands out their sessions in `onHandshakeSuccess`. */
export class LightweightSecureServer<F extends Format = "buffer"> extends BaseServer<F, ServerOptions<F>> {
	#listener: net.Server | undefined;
	#unannounce: AbortController | undefined;
	#announced: Promise<void> | undefined;

	/** @throws TypeError, RangeError; LightweightSecureError if the keys cannot be used */
	constructor(options: ServerOptions<F> & ThisType<LightweightSecureServer<F>>) {
		// Before `super`, which ends by noting which profile the keys serve.
		if (options?.host !== undefined && typeof options.host !== "string")
			throw typeError("`host` is a local address or host name");
		if (options?.advertise !== undefined) checkName(options.advertise);
		super(options, nodePlatform, nodeLimits);
	}

	get address(): PeerAddress | undefined {
		const address = this.#listener?.address();
		return address && typeof address === "object" ? { address: address.address, port: address.port } : undefined;
	}

	async [Symbol.asyncDispose](): Promise<void> {
		await this.close();
	}

	protected async listen(): Promise<void> {
		const { host, port = 0, socket } = this.options;
		const listener = (socket?.io ?? net).createServer({ noDelay: true }, (accepted) =>
			this.accept(new SocketTransport(accepted)),
		);
		await new Promise<void>((resolve, reject) => {
			listener.on("error", (error) => (this.#listener ? this.notify(error) : reject(listenError(error, host, port))));
			listener.listen({ port, host, backlog: 1024 }, resolve);
		});
		this.#listener = listener;
		if (this.options.advertise !== undefined) this.#announced = this.#announce(this.options.advertise);
	}

	protected async unlisten(): Promise<void> {
		const listener = this.#listener;
		this.#listener = undefined;
		// The callback of `close` would wait for all connections, even lingering ones.
		listener?.close();
		this.#unannounce?.abort();
		await this.#announced;
	}

	/** A server that cannot be announced runs all the same. */
	async #announce(name: string): Promise<void> {
		try {
			this.#unannounce = new AbortController();
			await announce(name, this.address?.port ?? 0, () => this.keyIds, this.#unannounce.signal);
		} catch (error) {
			this.notify(error);
		}
	}
}

function listenError(error: NodeJS.ErrnoException, host: string | undefined, port: number): LightweightSecureError {
	const where = host ? `${host}:${port}` : `port ${port}`;
	const reasons: Record<string, string> = {
		EADDRINUSE: "it is in use; stop what listens there or choose another port",
		EACCES: "the system does not permit it; ports below 1,024 want privileges",
		EADDRNOTAVAIL: "this machine does not have that address",
		ENOTFOUND: "that host name has no address",
	};
	const why = reasons[error.code ?? ""] ?? error.message;
	return Object.assign(new LightweightSecureError("LST_LISTEN", `cannot listen on ${where}: ${why}`), { cause: error });
}
