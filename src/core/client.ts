import { Endpoint, type EndpointCallbacks } from "./endpoint.js";
import { HandshakeError, LightweightSecureError, type SessionEnd, typeError } from "./errors.js";
import type { Platform, Transport } from "./link.js";
import { type CommonOptions, checkOptions, chooseKeys, type Limits, wholeNumber } from "./options.js";
import { processRegistry } from "./registry.js";
import { type Format, Session } from "./session.js";

export interface ClientCallbacks<F extends Format> extends EndpointCallbacks<F> {
	/** The session is ready; called behind `onHandshakeSuccess`. */
	onConnected?: (() => void) | undefined;
	/** The session has ended, other than by this side; called behind the session's `onSessionEnded`. */
	onDisconnected?: ((end: SessionEnd) => void) | undefined;
}

export interface BaseClientOptions<F extends Format> extends CommonOptions<F>, ClientCallbacks<F> {
	/** The server's address or host name. */
	host: string;
	/** 1 to 65,535. */
	port: number;
	/** How long TCP may take to connect, in milliseconds; 10,000 unless set. */
	connectTimeout?: number | undefined;
}

interface Attempt<F extends Format> {
	resolve(session: Session<F>): void;
	reject(reason: unknown): void;
	timer: unknown;
}

/** A client without its sockets: one session at a time with one server. */
export abstract class BaseClient<F extends Format, O extends BaseClientOptions<F>> extends Endpoint<F, O> {
	readonly #connection: ReturnType<typeof checkOptions>;
	readonly #connectTimeout: number;
	/** From `connect` to the end, whether the handshake has succeeded yet or not. */
	#current: Session<F> | undefined;
	#transport: Transport | undefined;
	#attempt: Attempt<F> | undefined;
	readonly #owner = this.owner({
		handshakeSuccess: (session) => this.#handshakeSuccess(session),
		handshakeFailed: (session, error) => this.#handshakeFailed(session, error),
		sessionOver: (session) => {
			if (session === this.#current) this.#forget();
		},
		sessionEnded: (_, end) => this.#sessionEnded(end),
	});

	/** @throws TypeError, RangeError; LightweightSecureError where the key cannot be used */
	constructor(options: O, platform: Platform, limits: Limits) {
		super(options, platform);
		const registry = processRegistry();
		const keys = chooseKeys(options.key, registry, options.profile);
		this.#connection = checkOptions(options, limits, platform, { role: "client", registry, keys });
		if (typeof options.host !== "string" || !options.host) throw typeError("`host` is the server's address or name");
		wholeNumber("port", options.port, 1, 0xffff);
		this.#connectTimeout = wholeNumber("connectTimeout", options.connectTimeout ?? 10_000, 1, 0x7fffffff);
	}

	/** The open session, if there is one. */
	get session(): Session<F> | undefined {
		return this.#current?.isEstablished ? this.#current : undefined;
	}

	/**
	 * Connects and authenticates.
	 * @returns the session
	 * @throws HandshakeError (also given to `onHandshakeFailed`) or LightweightSecureError `LST_STARTED`
	 */
	connect(): Promise<Session<F>> {
		const connected = new Promise<Session<F>>((resolve, reject) => {
			if (this.#current)
				throw new LightweightSecureError("LST_STARTED", "this client is connected or connecting already");
			this.silent = false;
			this.debug(`connecting to ${this.options.host}:${this.options.port}`);
			this.#transport = this.dial();
			const timer = this.platform.setTimer(() => this.#connectTimedOut(), this.#connectTimeout);
			this.#attempt = { resolve, reject, timer };
			this.#current = new Session<F>(this.#owner, this.#connection, this.#transport, this.platform);
		});
		// Who has callbacks need not look at the promise.
		if (this.options.onHandshakeFailed) connected.catch(() => {});
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
		if (this.#attempt && !this.#current?.isEstablished) this.abandon(new HandshakeError("aborted"));
		else await this.#current?.close();
	}

	/** Begins to connect TCP; the outcome is told to `connected` or `unreachable`, never before this returns. */
	protected abstract dial(): Transport;

	/** TCP is connected: the handshake begins. */
	protected connected(transport: Transport): void {
		const session = this.#current;
		if (!session || transport !== this.#transport) return transport.close(false);
		this.platform.clearTimer(this.#attempt?.timer);
		transport.attach(session.link);
		this.call(this.options.onHandshakeStarted, transport.peer);
		session.start();
	}

	/** TCP could not be connected; once it was, this says nothing new. */
	protected unreachable(transport: Transport, reason: "refused" | "unreachable", detail: string): void {
		if (transport !== this.#transport || !this.#current || this.#current.link.started) return;
		const { host, port } = this.options;
		this.#handshakeFailed(this.#current, new HandshakeError(reason, `${host}:${port}, ${detail}`));
	}

	/** Gives up connecting. */
	protected abandon(reason: unknown): void {
		const attempt = this.#attempt;
		if (!attempt) return;
		const session = this.#current;
		this.#forget();
		session?.abort();
		if (!session?.link.started) this.#transport?.close(false);
		attempt.reject(reason);
	}

	#connectTimedOut(): void {
		const transport = this.#transport;
		if (!transport) return;
		this.unreachable(transport, "unreachable", `no answer within ${this.#connectTimeout} ms`);
		transport.close(false);
	}

	#forget(): void {
		this.platform.clearTimer(this.#attempt?.timer);
		this.#attempt = this.#current = undefined;
	}

	#handshakeSuccess(session: Session<F>): void {
		if (session !== this.#current) return session.abort();
		this.debug(`session with ${session.peer.address}:${session.peer.port}, key ${session.keyId}`);
		const attempt = this.#attempt;
		this.call(this.options.onHandshakeSuccess, session);
		this.call(this.options.onConnected);
		// The callbacks may have given it up already.
		if (attempt === this.#attempt) this.#attempt = undefined;
		attempt?.resolve(session);
	}

	#handshakeFailed(session: Session<F>, error: HandshakeError): void {
		if (session !== this.#current) return;
		this.debug(`no session: ${error.message}`);
		const attempt = this.#attempt;
		this.#forget();
		this.call(this.options.onHandshakeFailed, error, session.link.started ? session.peer : undefined);
		attempt?.reject(error);
	}

	#sessionEnded(end: SessionEnd): void {
		this.debug(`session ended: ${end.message}`);
		const wanted = end.by === "self" && (end.reason === "done" || end.reason === "aborted");
		if (!wanted) this.call(this.options.onDisconnected, end);
	}
}
