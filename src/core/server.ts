import { Endpoint, type EndpointCallbacks } from "./endpoint.js";
import { HandshakeError, LightweightSecureError, type SessionEnd } from "./errors.js";
import type { Key } from "./key.js";
import type { PeerAddress, Platform, Transport } from "./link.js";
import { type CommonOptions, checkOptions, chooseKeys, type Limits, wholeNumber } from "./options.js";
import { processRegistry } from "./registry.js";
import { type Format, Session } from "./session.js";

export interface ServerCallbacks<F extends Format> extends EndpointCallbacks<F> {
	onServerStarted?: ((address: PeerAddress) => void) | undefined;
	onServerStopped?: (() => void) | undefined;
}

export interface BaseServerOptions<F extends Format> extends CommonOptions<F>, ServerCallbacks<F> {
	/** Several keys instead of `key`; a client is answered under the one that its request names. */
	keys?: readonly Key[] | undefined;
	/** 0 to 65,535; 0, the default, has the system pick one. */
	port?: number | undefined;
	/** The most sessions at once: a client above it is told so by Disconnect(6). */
	maxSessions?: number | undefined;
	/** The most handshakes at once: a connection above it is closed unheard. */
	maxPendingHandshakes?: number | undefined;
	/** Whether a client of this very program is answered. False unless set: see `protocol.md`, Own request. */
	allowSelfConnection?: boolean | undefined;
}

export interface ServerLimits extends Limits {
	readonly maxSessions: number;
	readonly maxPendingHandshakes: number;
}

/** A server without its sockets: authenticates who connects and hands out the sessions. */
export abstract class BaseServer<F extends Format, O extends BaseServerOptions<F>> extends Endpoint<F, O> {
	readonly #connection: ReturnType<typeof checkOptions>;
	readonly #maxPending: number;
	readonly #pending = new Set<Session<F>>();
	readonly #sessions = new Set<Session<F>>();
	#running = false;

	/** @throws TypeError, RangeError; LightweightSecureError where the keys cannot be used */
	constructor(options: O, platform: Platform, limits: ServerLimits) {
		super(options, platform);
		const registry = processRegistry();
		const keys = chooseKeys(options.keys ?? options.key, registry);
		const most = wholeNumber("maxSessions", options.maxSessions ?? limits.maxSessions, 1, 1_000_000);
		const pending = options.maxPendingHandshakes ?? limits.maxPendingHandshakes;
		this.#maxPending = wholeNumber("maxPendingHandshakes", pending, 1, 1_000_000);
		this.#connection = checkOptions(options, limits, platform, {
			role: "server",
			registry,
			keys,
			allowSelfConnection: options.allowSelfConnection ?? false,
			admit: () => this.#sessions.size < most,
		});
		wholeNumber("port", options.port ?? 0, 0, 0xffff);
	}

	/** The sessions that are open now. */
	get sessions(): ReadonlySet<Session<F>> {
		return this.#sessions;
	}

	/** Where the server listens; undefined while it does not. */
	abstract get address(): PeerAddress | undefined;

	/**
	 * Begins to listen and resolves with the address once it does.
	 * @throws LightweightSecureError `LST_LISTEN` (the port is in use, say; also given to `onError`) or `LST_STARTED`
	 */
	start(): Promise<PeerAddress> {
		const started = this.#start();
		if (this.callbacks.onError) started.catch((error) => this.report(error));
		return started;
	}

	async #start(): Promise<PeerAddress> {
		if (this.#running) throw new LightweightSecureError("LST_STARTED", "this server has been started already");
		this.#running = true;
		this.silent = false;
		try {
			await this.listen();
		} catch (error) {
			this.#running = false;
			throw error;
		}
		const address = this.address ?? { address: "", port: this.callbacks.port ?? 0 };
		this.debug(`listening on ${address.address}:${address.port}`);
		this.call(this.callbacks.onServerStarted, address);
		return address;
	}

	/**
	 * Listens no more, ends every session with Disconnect(2) behind what it has queued, and resolves when all are closed.
	 * The sessions' `onSessionEnded` is called, then `onServerStopped`.
	 */
	async stop(): Promise<void> {
		if (!this.#running) return;
		const unlistened = this.unlisten();
		for (const session of this.#pending) session.abort();
		await Promise.all([...this.#sessions].map((session) => session.stop()));
		await unlistened;
		this.#running = false;
		this.debug("stopped");
		this.call(this.callbacks.onServerStopped);
	}

	/** Stops, and calls no callback from now on. */
	async close(): Promise<void> {
		this.silent = true;
		await this.stop();
	}

	/** @throws LightweightSecureError `LST_LISTEN` */
	protected abstract listen(): Promise<void>;
	/** Accepts no more; resolves when the port is free. */
	protected abstract unlisten(): Promise<void>;

	/** A peer has connected. */
	protected accept(transport: Transport): void {
		if (this.#pending.size >= this.#maxPending) {
			const { peer } = transport;
			transport.close(false);
			return this.call(
				this.callbacks.onHandshakeFailed,
				new HandshakeError("no-capacity", "too many handshakes"),
				peer,
			);
		}
		const session = new Session<F>(this, this.#connection, transport, this.platform);
		this.#pending.add(session);
		transport.attach(session.link);
		this.call(this.callbacks.onHandshakeStarted, transport.peer);
		session.start();
	}

	/** @internal */
	handshakeSuccess(session: Session<F>): void {
		this.debug(`session with ${session.peer.address}:${session.peer.port}, key ${session.keyId}`);
		this.#pending.delete(session);
		this.#sessions.add(session);
		this.call(this.callbacks.onHandshakeSuccess, session);
	}

	/** @internal */
	handshakeFailed(session: Session<F>, error: HandshakeError): void {
		this.debug(`no session with ${session.peer.address}:${session.peer.port}: ${error.message}`);
		this.#pending.delete(session);
		if (error.reason !== "aborted") this.call(this.callbacks.onHandshakeFailed, error, session.peer);
	}

	/** @internal */
	sessionEnded(session: Session<F>, end: SessionEnd): void {
		this.debug(`session with ${session.peer.address}:${session.peer.port} ended: ${end.message}`);
		this.#sessions.delete(session);
	}
}
