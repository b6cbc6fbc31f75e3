import * as net from "node:net";
import { Endpoint, type EndpointCallbacks } from "../core/endpoint.js";
import { HandshakeError, LightweightSecureError, type SessionEnd, typeError } from "../core/errors.js";
import type { Key } from "../core/key.js";
import { type CommonOptions, checkOptions, chooseKeys, wholeNumber } from "../core/options.js";
import { registry } from "../core/registry.js";
import type { Format } from "../core/session.js";
import { debug } from "./debug.js";
import { nodeLimits, nodePlatform } from "./platform.js";
import { Session } from "./session.js";
import { SocketTransport } from "./socket.js";

export interface ClientCallbacks<F extends Format> extends EndpointCallbacks<F> {
	/** The session is ready; called behind `onHandshakeSuccess`. */
	onConnected?: (() => void) | undefined;
	/** The session has ended, other than by this side; called behind the session's `onSessionEnded`. */
	onDisconnected?: ((end: SessionEnd) => void) | undefined;
}

export interface ClientOptions<F extends Format = "buffer"> extends CommonOptions<F>, ClientCallbacks<F> {
	/** The server's address or host name. */
	host: string;
	/** 1 to 65,535. */
	port: number;
	/** How long TCP may take to connect, in milliseconds; 10,000 unless set. */
	connectTimeout?: number | undefined;
	/** `io` in place of node:net; what else it holds goes to `io.connect`. */
	socket?: ({ io?: Pick<typeof net, "connect"> } & Partial<net.TcpNetConnectOpts>) | undefined;
}

interface Attempt<F extends Format> {
	resolve(session: Session<F>): void;
	reject(reason: unknown): void;
}

/** Connects to one server, one session at a time. */
export class LightweightSecureClient<F extends Format = "buffer"> extends Endpoint<F, ClientOptions<F>> {
	readonly #keys: readonly Key[];
	readonly #connection: ReturnType<typeof checkOptions>;
	readonly #connectTimeout: number;
	#socket: net.Socket | undefined;
	/** From `connect` to the end, whether the handshake has succeeded yet or not. */
	#current: Session<F> | undefined;
	#attempt: Attempt<F> | undefined;

	/** @throws TypeError, RangeError; LightweightSecureError where the key cannot be used */
	constructor(options: ClientOptions<F>) {
		super(options);
		this.#keys = chooseKeys(options.key, registry);
		this.#connection = checkOptions(options, nodeLimits, nodePlatform.encodeText);
		if (typeof options.host !== "string" || !options.host) throw typeError("`host` is the server's address or name");
		wholeNumber("port", options.port, 1, 0xffff);
		this.#connectTimeout = wholeNumber("connectTimeout", options.connectTimeout ?? 10_000, 1, 0x7fffffff);
	}

	/** The open session, if there is one. */
	get session(): Session<F> | undefined {
		return this.#attempt ? undefined : this.#current;
	}

	/**
	 * Connects and authenticates.
	 * @returns the session
	 * @throws HandshakeError (also given to `onHandshakeFailed`), the signal's reason, or LightweightSecureError `LST_STARTED`
	 */
	connect({ signal }: { signal?: AbortSignal | undefined } = {}): Promise<Session<F>> {
		if (this.#current)
			return Promise.reject(
				new LightweightSecureError("LST_STARTED", "this client is connected or connecting already"),
			);
		if (signal?.aborted) return Promise.reject(signal.reason);
		const connected = new Promise<Session<F>>((resolve, reject) => {
			this.#attempt = { resolve, reject };
		});
		if (this.callbacks.onHandshakeFailed) connected.catch(() => {});
		const abandon = () => this.#abandon(signal?.reason);
		signal?.addEventListener("abort", abandon, { once: true });
		const forget = () => signal?.removeEventListener("abort", abandon);
		connected.then(forget, forget);
		this.silent = false;
		this.#open();
		return connected;
	}

	/**
	 * Sends a message; while the connection is being made it is kept and leaves directly behind HandshakeSuccess. Where
	 * that handshake then fails, nobody can say whether it was delivered.
	 * @returns how many octets can still be queued
	 * @throws as `Session.send`
	 */
	send(message: string | Uint8Array): number {
		if (!this.#current)
			throw new LightweightSecureError("LST_NOT_CONNECTED", "this client is not connected; call connect");
		return this.#current.send(message);
	}

	/** Ends the session as its own `close` does, or gives up connecting; no callback is called from now on. */
	async close(): Promise<void> {
		this.silent = true;
		if (this.#attempt) this.#abandon(new HandshakeError("aborted"));
		else await this.#current?.close();
	}

	async [Symbol.asyncDispose](): Promise<void> {
		await this.close();
	}

	#open(): void {
		const { host, port, socket: socketOptions } = this.callbacks;
		const { io = net, ...rest } = socketOptions ?? {};
		debug(`connecting to ${host}:${port}`);
		const socket = io.connect({ noDelay: true, ...rest, host, port });
		const transport = new SocketTransport(socket);
		const options = {
			...this.#connection,
			role: "client" as const,
			crypto: nodePlatform.crypto,
			random: nodePlatform.random,
			registry,
			keys: this.#keys,
			allowSelfConnection: false,
			admit: () => true,
		};
		const session = new Session<F>(this, options, transport, nodePlatform);
		this.#socket = socket;
		this.#current = session;
		const late = new HandshakeError("unreachable", `no answer from ${host}:${port} within ${this.#connectTimeout} ms`);
		let failure: Error = late;
		const timer = setTimeout(() => socket.destroy(), this.#connectTimeout);
		socket
			.on("error", (error) => {
				failure = error;
			})
			.once("connect", () => {
				clearTimeout(timer);
				transport.attach(session.link);
				this.call(this.callbacks.onHandshakeStarted, transport.peer);
				session.start();
			})
			.once("close", () => {
				clearTimeout(timer);
				if (session.link.started) return;
				const error = failure === late ? late : connectError(failure, host, port);
				this.handshakeFailed(session, error);
			});
	}

	#abandon(reason: unknown): void {
		const attempt = this.#attempt;
		const session = this.#current;
		this.#attempt = this.#current = undefined;
		session?.abort();
		this.#socket?.destroy();
		attempt?.reject(reason);
	}

	/** @internal */
	handshakeSuccess(session: Session<F>): void {
		debug(`session with ${session.peer.address}:${session.peer.port}, key ${session.keyId}`);
		const attempt = this.#attempt;
		this.#attempt = undefined;
		this.call(this.callbacks.onHandshakeSuccess, session);
		this.call(this.callbacks.onConnected);
		attempt?.resolve(session);
	}

	/** @internal */
	handshakeFailed(session: Session<F>, error: HandshakeError): void {
		if (session !== this.#current) return;
		debug(`no session: ${error.message}`);
		const attempt = this.#attempt;
		this.#attempt = this.#current = undefined;
		this.call(this.callbacks.onHandshakeFailed, error, session.peer.port ? session.peer : undefined);
		attempt?.reject(error);
	}

	/** @internal */
	sessionEnded(session: Session<F>, end: SessionEnd): void {
		debug(`session ended: ${end.message}`);
		if (session === this.#current) this.#current = undefined;
		const wanted = end.by === "self" && (end.reason === "done" || end.reason === "aborted");
		if (!wanted) this.call(this.callbacks.onDisconnected, end);
	}

	protected reportUnhandled(error: unknown): void {
		nodePlatform.report(error);
	}
}

function connectError(error: NodeJS.ErrnoException, host: string, port: number): HandshakeError {
	const reason = error.code === "ECONNREFUSED" ? "refused" : "unreachable";
	return Object.assign(new HandshakeError(reason, `${host}:${port}, ${error.code ?? error.message}`), { cause: error });
}
