import type { ConnectionOptions } from "./actions.js";
import type { Stream } from "./delivery/stream.js";
import { newStream, StreamStore } from "./delivery/stream-store.js";
import { Endpoint, type EndpointCallbacks } from "./endpoint.js";
import { HandshakeError, LightweightSecureError, rangeError, type SessionEnd, typeError } from "./errors.js";
import { Key } from "./key.js";
import type { PeerAddress, Platform, Transport } from "./link.js";
import {
	type CommonOptions,
	checkDelivery,
	checkOptions,
	checkProfile,
	chooseKeys,
	claimKeys,
	type Limits,
	wholeNumber,
} from "./options.js";
import { PendingHandshakes } from "./pending.js";
import { processRegistry } from "./registry.js";
import { Replays } from "./replays.js";
import { type Format, Session, withWhom } from "./session.js";

export interface ServerCallbacks<F extends Format> extends EndpointCallbacks<F> {
	/** The server listens, at this address. */
	onServerStarted?: ((address: PeerAddress) => void) | undefined;
	/** It no longer listens, and every session is closed. */
	onServerStopped?: (() => void) | undefined;
	/** With acknowledged delivery: a client with a stream that is not known here has connected. */
	onStream?: ((stream: Stream) => void) | undefined;
}

export interface BaseServerOptions<F extends Format> extends CommonOptions<F>, ServerCallbacks<F> {
	/** Several keys instead of `key`; the client's request names the one to use. */
	keys?: readonly Key[] | undefined;
	/**
	 * Looks up a key that is not among `keys` by its id, 16 hex digits, say in a store with a key for each device. It is called during
	 * a handshake and must answer synchronously; undefined refuses the client. Only in the `secure` profile.
	 */
	findKey?: ((keyId: string) => Key | undefined) | undefined;
	/** 0 to 65,535; 0, the default, lets the system choose. */
	port?: number | undefined;
	/** The most simultaneous sessions; a client above it gets Disconnect(6). Default: 10,000; on a device 4. */
	maxSessions?: number | undefined;
	/** The most simultaneous handshakes; one more displaces the oldest that has not yet shown that it holds the key. Default: 1,000; on a device 5. */
	maxPendingHandshakes?: number | undefined;
	/** The same for each peer address. Default: 100; on a device 4. */
	maxPendingPerAddress?: number | undefined;
	/** With acknowledged delivery: the most streams that are kept, of present and former clients. Default: 10,000; on a device 4. */
	maxStreams?: number | undefined;
	/** Whether clients in the same program are answered. Default: false; see `protocol.md`, "Handshake", Own requests. */
	allowSelfConnection?: boolean | undefined;
}

export interface ServerLimits extends Limits {
	readonly maxSessions: number;
	readonly maxPendingHandshakes: number;
	readonly maxPendingPerAddress: number;
	readonly maxStreams: number;
}

/** The least number of requests that are remembered, so that a recorded one cannot take a place again. */
const REMEMBERED = 64;

/** A server without its sockets: authenticates its clients and hands out their sessions. */
export abstract class BaseServer<F extends Format, O extends BaseServerOptions<F>> extends Endpoint<F, O> {
	readonly #connection: ConnectionOptions;
	readonly #keys: Key[];
	readonly #findKey: ((keyId: string) => Key | undefined) | undefined;
	readonly #pending: PendingHandshakes<Session<F>>;
	readonly #sessions = new Set<Session<F>>();
	readonly #most: number;
	#started: Promise<void> | true | undefined;
	#stopped: Promise<void> | undefined;
	readonly #streams: StreamStore | undefined;

	/** @throws TypeError, RangeError; LightweightSecureError if the keys cannot be used */
	constructor(options: O, platform: Platform, limits: ServerLimits) {
		super(options, platform);
		const registry = processRegistry();
		if (options.key !== undefined && options.keys !== undefined) throw typeError("there is either `key` or `keys`");
		const given = options.keys ?? options.key;
		const { findKey } = options;
		if (findKey !== undefined && typeof findKey !== "function") throw typeError("`findKey` is a function");
		const profile = checkProfile(options.profile);
		this.#keys = given || !findKey ? [...chooseKeys(given, registry, profile)] : [];
		this.#findKey = findKey && ((keyId) => this.askForKey(findKey, keyId));
		this.#most = wholeNumber("maxSessions", options.maxSessions ?? limits.maxSessions, 1, 1_000_000);
		const atOnce = (name: "maxPendingHandshakes" | "maxPendingPerAddress") =>
			wholeNumber(name, options[name] ?? limits[name], 1, 1_000_000);
		const pending = atOnce("maxPendingHandshakes");
		this.#pending = new PendingHandshakes(pending, atOnce("maxPendingPerAddress"));
		this.#connection = checkOptions(options, limits, platform, {
			role: "server",
			registry,
			keys: this.#keys,
			findKey: this.#findKey,
			replays: new Replays(Math.max(REMEMBERED, 2 * pending)),
			allowSelfConnection: options.allowSelfConnection ?? false,
			server: this,
		});
		const delivery = checkDelivery(options, this.#connection);
		const maxStreams = wholeNumber("maxStreams", options.maxStreams ?? limits.maxStreams, 1, 1_000_000);
		if (delivery) {
			const streams = new StreamStore(
				maxStreams,
				(id) => {
					const onNewEpoch = () => this.call(this.options.onNewEpoch, stream);
					const stream: Stream = newStream({ ...delivery, id, onNewEpoch }, platform.random);
					return stream;
				},
				(stream) => this.call(this.options.onStream, stream),
			);
			this.#streams = streams;
			this.delivery = { ...delivery, stream: undefined, find: (hello, carrier) => streams.find(hello, carrier) };
		}
		wholeNumber("port", options.port ?? 0, 0, 0xffff);
		if (options.allowSelfConnection !== undefined && typeof options.allowSelfConnection !== "boolean")
			throw typeError("`allowSelfConnection` is true or false");
		claimKeys(this.#keys, registry, profile, platform);
	}

	/** The open sessions. */
	get sessions(): ReadonlySet<Session<F>> {
		return this.#sessions;
	}

	/** The ids of its keys, without those that only `findKey` knows. */
	get keyIds(): readonly string[] {
		return this.#keys.filter((key) => !key.wiped).map(({ id }) => id);
	}

	/**
	 * From now on, clients with this key are answered as well. Not in the `original` profile, which has one key.
	 * @throws TypeError, RangeError; LightweightSecureError if it cannot be used
	 */
	addKey(key: Key): void {
		const { profile } = this.#connection;
		if (!profile.mutual) throw rangeError("a server of the original profile has one key");
		const registry = processRegistry();
		const others = this.#keys.filter((other) => !other.wiped);
		chooseKeys([...others, key], registry, profile);
		claimKeys([key], registry, profile, this.platform);
		this.#keys.splice(0, this.#keys.length, ...others, key);
	}

	/**
	 * From now on, clients with this key are refused, even in the middle of a handshake; open sessions continue.
	 * @returns whether the server had it
	 * @throws RangeError in the `original` profile, which has one key
	 */
	retireKey(keyId: string): boolean {
		if (!this.#connection.profile.mutual) throw rangeError("a server of the original profile has one key");
		const index = this.#keys.findIndex(({ id }) => id === keyId);
		if (index < 0) return false;
		this.#keys.splice(index, 1);
		// A handshake whose request has not arrived has no key yet, and will not find this one.
		for (const session of this.#pending) if (session.keyId === keyId) session.abort();
		return true;
	}

	/** With `delivery: "acknowledged"`: the streams of present and former clients. */
	get streams(): Iterable<Stream> {
		return this.#streams ?? [];
	}

	/** Where the server listens; undefined while it does not. */
	abstract get address(): PeerAddress | undefined;

	/**
	 * Listens, and resolves with the address once it does.
	 * @throws LightweightSecureError `LST_LISTEN` (if the port is in use, for instance; also given to `onError`) or `LST_STARTED`
	 */
	start(): Promise<PeerAddress> {
		const started = this.startOnce();
		if (this.options.onError || this.platform.reportsRejections)
			started.catch((error) => this.silent || this.report(error));
		return started;
	}

	private async startOnce(): Promise<PeerAddress> {
		if (this.#started) throw new LightweightSecureError("LST_STARTED", "this server has been started already");
		this.silent = false;
		this.#started = this.listen();
		try {
			await this.#started;
		} catch (error) {
			this.#started = undefined;
			throw error;
		}
		this.#started &&= true;
		for (const stream of this.streams) stream.reopen();
		// Not before: a device has random octets only while its radio is on.
		this.#connection.agreement?.prepare();
		const address = this.address ?? { address: "", port: this.options.port ?? 0 };
		this.debug(`listening on ${address.address}:${address.port}`);
		this.call(this.options.onServerStarted, address);
		return address;
	}

	/**
	 * Stops listening, aborts handshakes, ends every session with Disconnect(2) after what it has queued, and resolves when all are
	 * closed. Calls `onHandshakeFailed` for each handshake, the sessions' `onSessionEnded`, then `onServerStopped`.
	 */
	async stop(): Promise<void> {
		if (!this.#started || this.#stopped) return this.#stopped;
		// Set before any callback runs, as one may call `stop` as well.
		let settle!: (outcome: Promise<void>) => void;
		this.#stopped = new Promise<void>((resolve) => {
			settle = resolve;
		});
		const stopped = this.#stopped;
		const over = () => {
			if (this.#stopped === stopped) this.#stopped = undefined;
		};
		settle(this.stopOnce().finally(over));
		return stopped;
	}

	private async stopOnce(): Promise<void> {
		// At once if it has started: after `close` nothing more is delivered of what has arrived.
		if (this.#started !== true) {
			try {
				await this.#started;
			} catch {
				return; // `start` tells why
			}
		}
		const unlistened = this.unlisten();
		for (const session of this.#pending) session.abort();
		await Promise.all([...this.#sessions].map((session) => session.stop()));
		for (const stream of this.streams) stream.abandon();
		await unlistened;
		// Before the callback, which may start it again.
		this.#started = this.#stopped = undefined;
		this.debug("stopped");
		this.call(this.options.onServerStopped);
	}

	/** As `stop`, but no callback is called from now on. */
	async close(): Promise<void> {
		this.silent = true;
		for (const session of this.#sessions) session.silent = true;
		await this.stop();
	}

	/** @throws LightweightSecureError `LST_LISTEN` */
	protected abstract listen(): Promise<void>;
	/** Stops accepting; resolves when the port is free. */
	protected abstract unlisten(): Promise<void>;

	/** @internal Whether it has `maxSessions` sessions. */
	get full(): boolean {
		return this.#sessions.size >= this.#most;
	}

	/** A peer has connected. */
	protected accept(transport: Transport): void {
		const session = new Session<F>(this, this.#connection, transport, this.platform);
		transport.attach(session.link);
		const dropped = this.#pending.add(session);
		if (dropped) this.drop(dropped, "too many handshakes were under way");
		this.call(this.options.onHandshakeStarted, transport.peer);
		session.link.start();
	}

	/** Drops the handshake that has been silent longest, to free memory; false if there is none. */
	protected dropSilent(): boolean {
		const silent = this.#pending.takeSilent();
		if (silent) this.drop(silent, "there was no memory for both");
		return silent !== undefined;
	}

	private drop(session: Session<F>, why: string): void {
		session.abort();
		const error = new HandshakeError("no-capacity", `dropped for a newer one, as ${why}`);
		this.call(this.options.onHandshakeFailed, error, session.peer);
	}

	/** If `findKey` throws, that is reported and the client is refused. */
	private askForKey(findKey: (keyId: string) => Key | undefined, keyId: string): Key | undefined {
		try {
			const key = findKey.call(this, keyId);
			if (key && !(key instanceof Key)) throw typeError("`findKey` answers a Key or undefined, at once");
			if (key?.wiped) return undefined;
			if (key) claimKeys([key], processRegistry(), this.#connection.profile, this.platform);
			return key;
		} catch (error) {
			this.report(error);
			return undefined;
		}
	}

	/** @internal */
	handshakeSuccess(session: Session<F>): void {
		if (this.debugging) this.debug(`session ${withWhom(session)}`);
		this.#pending.delete(session);
		this.#sessions.add(session);
		this.call(this.options.onHandshakeSuccess, session);
	}

	/** @internal */
	handshakeFailed(session: Session<F>, error: HandshakeError): void {
		if (this.debugging) this.debug(`no session with ${session.peer.address}:${session.peer.port}: ${error.message}`);
		// One that was displaced by a newer one was reported then.
		if (this.#pending.delete(session)) this.call(this.options.onHandshakeFailed, error, session.peer);
	}

	/** @internal */
	sessionOver(session: Session<F>): void {
		this.#sessions.delete(session);
	}

	/** @internal */
	sessionEnded(session: Session<F>, end: SessionEnd): void {
		if (this.debugging) this.debug(`session with ${session.peer.address}:${session.peer.port} ended: ${end.message}`);
	}
}
