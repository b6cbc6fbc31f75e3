import type { ConnectionOptions } from "./actions.js";
import { Backoff, MAX_TIMER_DELAY, needsSlowRetry } from "./backoff.js";
import { STREAM_ID } from "./delivery/frames.js";
import type { Stream } from "./delivery/stream.js";
import { newStream } from "./delivery/stream-store.js";
import { Endpoint, type EndpointCallbacks } from "./endpoint.js";
import { HandshakeError, LightweightSecureError, messageOf, rangeError, type SessionEnd, typeError } from "./errors.js";
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
import { processRegistry } from "./registry.js";
import { type Format, Session, withWhom } from "./session.js";

export interface ClientCallbacks<F extends Format> extends EndpointCallbacks<F> {
	/** The session is ready; called after `onHandshakeSuccess`. */
	onConnected?: (() => void) | undefined;
	/** The session has ended, other than by this side's `close` or `abort`; called after the session's `onSessionEnded`. */
	onDisconnected?: ((end: SessionEnd) => void) | undefined;
	/**
	 * With `reconnect`: the next attempt, the `attempt`th in a row, follows in `delay` milliseconds. May return a longer delay, or false
	 * for no automatic attempt (when the device goes to sleep, for instance); anything else changes nothing.
	 */
	onReconnecting?: ((delay: number, reason: HandshakeError | SessionEnd, attempt: number) => unknown) | undefined;
}

export interface BaseClientOptions<F extends Format> extends CommonOptions<F>, ClientCallbacks<F> {
	/** The server's address or host name. */
	host: string;
	/** 1 to 65,535. */
	port: number;
	/** Time limit for connecting TCP, in milliseconds. Default: 10,000. */
	connectTimeout?: number | undefined;
	/** With acknowledged delivery: 16 octets that identify the device for its lifetime. Default: random. */
	streamId?: Uint8Array | undefined;
	/** Reconnects automatically after a failed attempt, and when the session has ended other than by this side's `close` or `abort`. Default: false. */
	reconnect?: boolean | ReconnectOptions | undefined;
}

/** When a client reconnects; all times in milliseconds. */
export interface ReconnectOptions {
	/** The bounds of the delay before an attempt, five times as high where retrying soon is pointless. Default: 1,000 and 60,000. */
	minDelay?: number | undefined;
	maxDelay?: number | undefined;
	/** A session that lasted this long restarts the delays. Default: 30,000. */
	resetAfter?: number | undefined;
	/** How many attempts were made before; a device that slept in between passes the `attempt` of `onReconnecting`. Default: 0. */
	attempt?: number | undefined;
}

function checkStreamId(id: unknown): Uint8Array | undefined {
	if (id === undefined) return undefined;
	if (!(id instanceof Uint8Array)) throw typeError("`streamId` is a Uint8Array");
	if (id.length !== STREAM_ID) throw rangeError(`\`streamId\` has ${STREAM_ID} octets, not ${id.length}`);
	return id;
}

/** Who waits for `connect`. */
interface Waiter<F extends Format> {
	resolve(session: Session<F>): void;
	reject(reason: unknown): void;
}

/** A client without its sockets: one session at a time with one server. */
export abstract class BaseClient<F extends Format, O extends BaseClientOptions<F>> extends Endpoint<F, O> {
	readonly #connection: ConnectionOptions;
	readonly #keys: Key[];
	readonly #connectTimeout: number;
	/** Undefined without `reconnect`. */
	readonly #backoff: Backoff | undefined;
	readonly #resetAfter: number;
	/** From `connect` until this side gives up: it reconnects only meanwhile. */
	#wanted = false;
	/** From an attempt to the end of its session, whether or not the handshake has succeeded yet. */
	#current: Session<F> | undefined;
	#transport: Transport | undefined;
	#waiter: Waiter<F> | undefined;
	#connectTimer: unknown;
	/** Until the next attempt. */
	#retryTimer: unknown;
	/** With acknowledged delivery: what continues from session to session. */
	readonly #stream: Stream | undefined;

	/** @throws TypeError, RangeError; LightweightSecureError if the key cannot be used */
	constructor(options: O, platform: Platform, limits: Limits) {
		super(options, platform);
		const registry = processRegistry();
		const keys = [...chooseKeys(options.key && [options.key], registry, checkProfile(options.profile))];
		this.#keys = keys;
		this.#connection = checkOptions(options, limits, platform, { role: "client", registry, keys });
		if (typeof options.host !== "string" || !options.host) throw typeError("`host` is the server's address or name");
		wholeNumber("port", options.port, 1, 0xffff);
		this.#connectTimeout = wholeNumber("connectTimeout", options.connectTimeout ?? 10_000, 1, MAX_TIMER_DELAY);
		const delivery = checkDelivery(options, this.#connection);
		if (delivery) {
			const id = checkStreamId(options.streamId) ?? platform.random.draw(STREAM_ID);
			const stream: Stream = newStream(
				{ ...delivery, id, onNewEpoch: () => this.call(this.options.onNewEpoch, stream) },
				platform.random,
			);
			this.#stream = stream;
			this.delivery = { ...delivery, stream, find: () => false };
		}
		const { reconnect = false } = options;
		if (typeof reconnect !== "boolean" && typeof reconnect !== "object")
			throw typeError("`reconnect` is true, false or an object");
		const {
			minDelay = 1_000,
			maxDelay = 60_000,
			resetAfter = 30_000,
			attempt = 0,
		} = reconnect === true ? {} : reconnect || {};
		wholeNumber("reconnect.minDelay", minDelay, 1, MAX_TIMER_DELAY);
		wholeNumber("reconnect.maxDelay", maxDelay, minDelay, MAX_TIMER_DELAY);
		wholeNumber("reconnect.attempt", attempt, 0, MAX_TIMER_DELAY);
		this.#resetAfter = wholeNumber("reconnect.resetAfter", resetAfter, 0, MAX_TIMER_DELAY);
		if (reconnect) this.#backoff = new Backoff(minDelay, maxDelay, platform.random, attempt);
		claimKeys(keys, registry, this.#connection.profile, platform);
	}

	/** The open session, if there is one. */
	get session(): Session<F> | undefined {
		return this.#current?.isEstablished ? this.#current : undefined;
	}

	/**
	 * Connects and authenticates. With `reconnect` it retries until it has a session, and replaces each that ends.
	 * @returns the (first) session
	 * @throws HandshakeError (also given to `onHandshakeFailed`); LightweightSecureError `LST_STARTED` or `LST_KEY_WIPED`
	 */
	connect(): Promise<Session<F>> {
		let begun = false;
		const connected = new Promise<Session<F>>((resolve, reject) => {
			if (this.#current || this.#retryTimer !== undefined)
				throw new LightweightSecureError("LST_STARTED", "this client is connected or connecting already");
			this.silent = false;
			this.#attempt();
			this.#wanted = true;
			this.#stream?.reopen();
			this.#waiter = { resolve, reject };
			begun = true;
		});
		// An application that uses callbacks may ignore the promise, but hears of no other errors than the handshake's.
		if (begun && this.hearsOfFailures) connected.catch(() => {});
		else if (this.platform.reportsRejections) connected.catch((error) => this.report(error));
		return connected;
	}

	/** Who waits for the session, an object of its own for each `connect`; undefined if nobody does. */
	protected get waiter(): object | undefined {
		return this.#waiter;
	}

	/** Whether an application need not look at the promise of `connect`. */
	protected get hearsOfFailures(): boolean {
		return this.options.onHandshakeFailed !== undefined || this.#backoff !== undefined;
	}

	/**
	 * Uses another handshake key from the next attempt on; an open session continues.
	 * @throws TypeError; LightweightSecureError if it cannot be used
	 */
	useKey(key: Key): void {
		if (!(key instanceof Key)) throw typeError("useKey takes a Key; see Key.fromHex");
		const { profile } = this.#connection;
		claimKeys([key], processRegistry(), profile, this.platform);
		this.#keys[0] = key;
	}

	/** Makes the next attempt now if `reconnect` has one waiting, for instance when the network is back. */
	reconnectNow(): void {
		if (this.#retryTimer === undefined) return;
		this.#backoff?.reset();
		this.#retry();
	}

	/**
	 * Sends a message. Before the session is established it is kept and leaves directly behind HandshakeSuccess; if that
	 * handshake then fails, it is unknown whether the message was delivered.
	 * @returns how many octets can still be queued
	 * @throws as `Session.send`
	 */
	send(message: string | Uint8Array): number {
		if (this.delivery)
			throw new LightweightSecureError("LST_DELIVERY", "this client's messages are acknowledged: use `deliver`");
		if (!this.#current)
			throw new LightweightSecureError(
				"LST_NOT_CONNECTED",
				this.#retryTimer === undefined
					? "this client is not connected; call connect"
					: "this client is not connected; it makes another attempt soon",
			);
		return this.#current.send(message);
	}

	/**
	 * With `delivery: "acknowledged"`: keeps a message, with or without a session, and resolves when the server's application
	 * has it.
	 * @throws (rejects) as `Session.deliver`
	 */
	deliver(message: string | Uint8Array): Promise<void> {
		const delivered = this.#deliver(message);
		if (this.platform.reportsRejections) delivered.catch(() => {});
		return delivered;
	}

	async #deliver(message: string | Uint8Array): Promise<void> {
		if (!this.#stream)
			throw new LightweightSecureError("LST_DELIVERY", 'acknowledged delivery wants `delivery: "acknowledged"`');
		return this.#stream.deliver(typeof message === "string" ? this.platform.encodeText(message) : message);
	}

	/** With `delivery: "acknowledged"`: the stream of this client's messages. */
	get stream(): Stream | undefined {
		return this.#stream;
	}

	/** Ends the session as its own `close` does, or stops connecting; no callback is called from now on. */
	async close(): Promise<void> {
		this.silent = true;
		this.#stream?.abandon();
		if (this.#current?.isEstablished) await this.#current.close();
		else this.abandon(new HandshakeError("aborted"));
	}

	/** Begins to connect TCP, and calls `connected` or `unreachable` with the outcome, never before this returns. */
	protected abstract dial(): Transport;

	/** TCP is connected: the handshake begins. */
	protected connected(transport: Transport): void {
		const session = this.#current;
		if (!session || transport !== this.#transport) return transport.close("now", 0);
		this.stopConnectTimer();
		transport.attach(session.link);
		this.call(this.options.onHandshakeStarted, transport.peer);
		session.link.start();
	}

	/** TCP could not be connected; ignored once it was. */
	protected unreachable(
		transport: Transport,
		reason: "refused" | "unreachable" | "out-of-memory",
		detail: string,
	): void {
		if (transport !== this.#transport || !this.#current || this.#current.link.started) return;
		const { host, port } = this.options;
		this.handshakeFailed(this.#current, new HandshakeError(reason, `${host}:${port}, ${detail}`));
	}

	/** Gives up connecting, for good. */
	protected abandon(reason: unknown): void {
		this.#wanted = false;
		this.platform.clearTimer(this.#retryTimer);
		this.#retryTimer = undefined;
		const waiter = this.#waiter;
		const session = this.#current;
		this.#waiter = undefined;
		this.#forget();
		session?.abort();
		if (session && !session.link.started) this.#transport?.close("now", 0);
		waiter?.reject(reason);
	}

	#attempt(): void {
		this.#keys[0]!.checkNotWiped();
		this.debug(`connecting to ${this.options.host}:${this.options.port}`);
		this.#transport = this.dial();
		// Not before: a device has random octets only while its radio is on.
		if (this.#connection.suites[0]?.share) this.#connection.agreement?.prepare();
		this.#connectTimer = this.platform.setTimer(BaseClient.#late, this.#connectTimeout, this);
		this.#current = new Session<F>(this, this.#connection, this.#transport, this.platform);
	}

	// One for the timers of all clients: on a device each closure takes eleven slots.
	static #late<F extends Format, O extends BaseClientOptions<F>>(client: BaseClient<F, O>): void {
		const transport = client.#transport!;
		client.unreachable(transport, "unreachable", `no answer within ${client.#connectTimeout} ms`);
		transport.close("now", 0);
	}

	static #again<F extends Format, O extends BaseClientOptions<F>>(client: BaseClient<F, O>): void {
		client.#retry();
	}

	#forget(): void {
		this.stopConnectTimer();
		this.#current = undefined;
	}

	private stopConnectTimer(): void {
		this.platform.clearTimer(this.#connectTimer);
		this.#connectTimer = undefined;
	}

	/** @internal */
	handshakeSuccess(session: Session<F>): void {
		if (session !== this.#current) return session.abort();
		if (this.debugging) this.debug(`session ${withWhom(session)}`);
		const waiter = this.#waiter;
		this.call(this.options.onHandshakeSuccess, session);
		if (!session.silent) this.call(this.options.onConnected);
		// The callbacks may have settled it already.
		if (waiter === this.#waiter) this.#waiter = undefined;
		waiter?.resolve(session);
	}

	/** @internal */
	handshakeFailed(session: Session<F>, error: HandshakeError): void {
		if (session !== this.#current) return;
		this.#fail(error, session.link.started ? session.peer : undefined);
	}

	#fail(error: HandshakeError, peer?: PeerAddress): void {
		if (this.debugging) this.debug(`no session: ${error.message}`);
		const waiter = this.#waiter;
		this.#forget();
		this.call(this.options.onHandshakeFailed, error, peer);
		const retried = this.#reconnect(error);
		// A callback may have called `connect` again, which has a waiter of its own.
		if (waiter === this.#waiter) {
			if (retried) return;
			this.#waiter = undefined;
		}
		waiter?.reject(error);
	}

	/** @internal */
	sessionOver(session: Session<F>): void {
		if (session === this.#current) this.#forget();
	}

	/** @internal */
	sessionEnded(session: Session<F>, end: SessionEnd): void {
		if (this.debugging) this.debug(`session ended: ${end.message}`);
		if (session.silent) return;
		this.call(this.options.onDisconnected, end);
		if (session.age >= this.#resetAfter) this.#backoff?.reset();
		this.#reconnect(end);
	}

	/** Schedules the next attempt; false without `reconnect`, or if a callback has connected or closed this client. */
	#reconnect(reason: HandshakeError | SessionEnd): boolean {
		const backoff = this.#backoff;
		if (!backoff || !this.#wanted || this.silent || this.#current || reason.reason === "aborted") return false;
		let delay = backoff.next(needsSlowRetry(reason));
		const wish = this.call(this.options.onReconnecting, delay, reason, backoff.attempt);
		if (wish === false || !this.#wanted || this.silent || this.#current) return false;
		if (typeof wish === "number" && wish > delay) delay = Math.min(wish, MAX_TIMER_DELAY);
		this.debug(`connecting again in ${delay} ms`);
		this.#retryTimer = this.platform.setTimer(BaseClient.#again, delay, this);
		return true;
	}

	#retry(): void {
		this.platform.clearTimer(this.#retryTimer);
		this.#retryTimer = undefined;
		try {
			this.#attempt();
		} catch (error) {
			// The key was wiped, or the platform has no socket available now.
			const lasting = error instanceof LightweightSecureError;
			this.#fail(new HandshakeError(lasting ? "aborted" : "unreachable", messageOf(error)));
			if (lasting) this.notify(error);
		}
	}
}
