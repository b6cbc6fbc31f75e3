import { Endpoint, type EndpointCallbacks } from "./endpoint.js";
import { HandshakeError, LightweightSecureError, typeError } from "./errors.js";
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
	#started: Promise<void> | undefined;
	#stopped: Promise<void> | undefined;
	readonly #owner = this.owner({
		handshakeSuccess: (session) => this.#handshakeSuccess(session),
		handshakeFailed: (session, error) => this.#handshakeFailed(session, error),
		sessionOver: (session) => void this.#sessions.delete(session),
		sessionEnded: (session, end) =>
			this.debug(`session with ${session.peer.address}:${session.peer.port} ended: ${end.message}`),
	});

	/** @throws TypeError, RangeError; LightweightSecureError where the keys cannot be used */
	constructor(options: O, platform: Platform, limits: ServerLimits) {
		super(options, platform);
		const registry = processRegistry();
		const keys = chooseKeys(options.keys ?? options.key, registry, options.profile);
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
		if (options.allowSelfConnection !== undefined && typeof options.allowSelfConnection !== "boolean")
			throw typeError("`allowSelfConnection` is true or false");
	}

	/** The sessions that are open now. */
	get sessions(): ReadonlySet<Session<F>> {
		return this.#sessions;
	}

	/** The ids of the keys that it answers under. */
	get keyIds(): readonly string[] {
		return this.#connection.keys.map(({ id }) => id);
	}

	/** Where the server listens; undefined while it does not. */
	abstract get address(): PeerAddress | undefined;

	/**
	 * Begins to listen and resolves with the address once it does.
	 * @throws LightweightSecureError `LST_LISTEN` (the port is in use, say; also given to `onError`) or `LST_STARTED`
	 */
	start(): Promise<PeerAddress> {
		const started = this.#start();
		if (this.options.onError) started.catch((error) => this.report(error));
		return started;
	}

	async #start(): Promise<PeerAddress> {
		if (this.#started) throw new LightweightSecureError("LST_STARTED", "this server has been started already");
		this.silent = false;
		this.#started = this.listen();
		try {
			await this.#started;
		} catch (error) {
			this.#started = undefined;
			throw error;
		}
		const address = this.address ?? { address: "", port: this.options.port ?? 0 };
		this.debug(`listening on ${address.address}:${address.port}`);
		this.call(this.options.onServerStarted, address);
		return address;
	}

	/**
	 * Listens no more, ends every session with Disconnect(2) behind what it has queued, and resolves when all are closed.
	 * The sessions' `onSessionEnded` is called, then `onServerStopped`.
	 */
	stop(): Promise<void> {
		this.#stopped ??= this.#stop().finally(() => {
			this.#stopped = undefined;
		});
		return this.#stopped;
	}

	async #stop(): Promise<void> {
		try {
			await this.#started;
		} catch {
			// `start` tells why
		}
		if (!this.#started) return;
		const unlistened = this.unlisten();
		for (const session of this.#pending) session.abort();
		await Promise.all([...this.#sessions].map((session) => session.stop(this.silent)));
		await unlistened;
		this.#started = undefined;
		this.debug("stopped");
		this.call(this.options.onServerStopped);
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
			return this.call(this.options.onHandshakeFailed, new HandshakeError("no-capacity", "too many handshakes"), peer);
		}
		const session = new Session<F>(this.#owner, this.#connection, transport, this.platform);
		this.#pending.add(session);
		transport.attach(session.link);
		this.call(this.options.onHandshakeStarted, transport.peer);
		session.start();
	}

	#handshakeSuccess(session: Session<F>): void {
		this.debug(`session with ${session.peer.address}:${session.peer.port}, key ${session.keyId}`);
		this.#pending.delete(session);
		this.#sessions.add(session);
		this.call(this.options.onHandshakeSuccess, session);
	}

	#handshakeFailed(session: Session<F>, error: HandshakeError): void {
		this.debug(`no session with ${session.peer.address}:${session.peer.port}: ${error.message}`);
		this.#pending.delete(session);
		if (error.reason !== "aborted") this.call(this.options.onHandshakeFailed, error, session.peer);
	}
}
