import * as net from "node:net";
import { Endpoint, type EndpointCallbacks } from "../core/endpoint.js";
import { HandshakeError, LightweightSecureError, type SessionEnd } from "../core/errors.js";
import type { Key } from "../core/key.js";
import type { PeerAddress } from "../core/link.js";
import { type CommonOptions, checkOptions, chooseKeys, wholeNumber } from "../core/options.js";
import { registry } from "../core/registry.js";
import type { Format } from "../core/session.js";
import { debug } from "./debug.js";
import { nodeLimits, nodePlatform } from "./platform.js";
import { Session } from "./session.js";
import { SocketTransport } from "./socket.js";

export interface ServerCallbacks<F extends Format> extends EndpointCallbacks<F> {
	onServerStarted?: ((address: PeerAddress) => void) | undefined;
	onServerStopped?: (() => void) | undefined;
}

export interface ServerOptions<F extends Format = "buffer"> extends CommonOptions<F>, ServerCallbacks<F> {
	/** Several keys instead of `key`; a client is answered under the one that its request names. */
	keys?: readonly Key[] | undefined;
	/** 0 to 65,535; 0, the default, has the system pick one. */
	port?: number | undefined;
	/** The local address or host name to listen at; all addresses unless set. */
	host?: string | undefined;
	/** The most sessions at once, 10,000 unless set: a client above it is told so by Disconnect(6). */
	maxSessions?: number | undefined;
	/** The most handshakes at once, 1,000 unless set: a connection above it is closed unheard. */
	maxPendingHandshakes?: number | undefined;
	/** Whether a client of this very program is answered. False unless set: see `protocol.md`, Own request. */
	allowSelfConnection?: boolean | undefined;
	/** `io` in place of node:net. */
	socket?: { io: Pick<typeof net, "createServer"> } | undefined;
}

/** Accepts connections, authenticates them and hands out their sessions in `onHandshakeSuccess`. */
export class LightweightSecureServer<F extends Format = "buffer"> extends Endpoint<F, ServerOptions<F>> {
	readonly #keys: readonly Key[];
	readonly #connection: ReturnType<typeof checkOptions>;
	readonly #maxSessions: number;
	readonly #maxPending: number;
	readonly #pending = new Set<Session<F>>();
	readonly #sessions = new Set<Session<F>>();
	#listener: net.Server | undefined;

	/** @throws TypeError, RangeError; LightweightSecureError where the keys cannot be used */
	constructor(options: ServerOptions<F>) {
		super(options);
		this.#keys = chooseKeys(options.keys ?? options.key, registry);
		this.#connection = checkOptions(options, nodeLimits, nodePlatform.encodeText);
		this.#maxSessions = wholeNumber("maxSessions", options.maxSessions ?? 10_000, 1, 1_000_000);
		this.#maxPending = wholeNumber("maxPendingHandshakes", options.maxPendingHandshakes ?? 1_000, 1, 1_000_000);
		wholeNumber("port", options.port ?? 0, 0, 0xffff);
	}

	/** The sessions that are open now. */
	get sessions(): ReadonlySet<Session<F>> {
		return this.#sessions;
	}

	/** Where the server listens; undefined while it does not. */
	get address(): PeerAddress | undefined {
		const address = this.#listener?.address();
		return address && typeof address === "object" ? { address: address.address, port: address.port } : undefined;
	}

	/**
	 * Begins to listen and resolves with the address once it does.
	 * @throws LightweightSecureError `LST_LISTEN` (the port is in use, say; also given to `onError`) or `LST_STARTED`
	 */
	start(): Promise<PeerAddress> {
		const started = this.#listen();
		if (this.callbacks.onError) started.catch((error) => this.report(error));
		return started;
	}

	async #listen(): Promise<PeerAddress> {
		if (this.#listener) throw new LightweightSecureError("LST_STARTED", "this server has been started already");
		const { host, port = 0, socket } = this.callbacks;
		const listener = (socket?.io ?? net).createServer({ noDelay: true }, (accepted) => this.#accept(accepted));
		this.#listener = listener;
		this.silent = false;
		await new Promise<void>((resolve, reject) => {
			listener.once("error", (error: NodeJS.ErrnoException) => {
				this.#listener = undefined;
				reject(listenError(error, host, port));
			});
			listener.listen({ port, host, backlog: 1024 }, resolve);
		});
		listener.on("error", (error) => this.report(error));
		const address = this.address ?? { address: host ?? "", port };
		debug(`listening on ${address.address}:${address.port}`);
		this.call(this.callbacks.onServerStarted, address);
		return address;
	}

	/**
	 * Listens no more, ends every session with Disconnect(2) behind what it has queued, and resolves when all are closed.
	 * The sessions' `onSessionEnded` is called, then `onServerStopped`.
	 */
	async stop(): Promise<void> {
		const listener = this.#listener;
		if (!listener) return;
		const closed = new Promise<void>((resolve) => listener.close(() => resolve()));
		for (const session of this.#pending) session.abort();
		await Promise.all([...this.#sessions].map((session) => session.stop()));
		await closed;
		this.#listener = undefined;
		debug("stopped");
		this.call(this.callbacks.onServerStopped);
	}

	/** Stops, and calls no callback from now on. */
	async close(): Promise<void> {
		this.silent = true;
		await this.stop();
	}

	async [Symbol.asyncDispose](): Promise<void> {
		await this.close();
	}

	#accept(socket: net.Socket): void {
		const transport = new SocketTransport(socket);
		const { peer } = transport;
		if (this.#pending.size >= this.#maxPending) {
			transport.close(false);
			return this.call(
				this.callbacks.onHandshakeFailed,
				new HandshakeError("no-capacity", "too many handshakes"),
				peer,
			);
		}
		const options = {
			...this.#connection,
			role: "server" as const,
			crypto: nodePlatform.crypto,
			random: nodePlatform.random,
			registry,
			keys: this.#keys,
			allowSelfConnection: this.callbacks.allowSelfConnection ?? false,
			admit: () => this.#sessions.size < this.#maxSessions,
		};
		const session = new Session<F>(this, options, transport, nodePlatform);
		this.#pending.add(session);
		transport.attach(session.link);
		this.call(this.callbacks.onHandshakeStarted, peer);
		session.start();
	}

	/** @internal */
	handshakeSuccess(session: Session<F>): void {
		debug(`session with ${session.peer.address}:${session.peer.port}, key ${session.keyId}`);
		this.#pending.delete(session);
		this.#sessions.add(session);
		this.call(this.callbacks.onHandshakeSuccess, session);
	}

	/** @internal */
	handshakeFailed(session: Session<F>, error: HandshakeError): void {
		debug(`no session with ${session.peer.address}:${session.peer.port}: ${error.message}`);
		this.#pending.delete(session);
		if (error.reason !== "aborted") this.call(this.callbacks.onHandshakeFailed, error, session.peer);
	}

	/** @internal */
	sessionEnded(session: Session<F>, end: SessionEnd): void {
		debug(`session with ${session.peer.address}:${session.peer.port} ended: ${end.message}`);
		this.#sessions.delete(session);
	}

	protected reportUnhandled(error: unknown): void {
		nodePlatform.report(error);
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
