import type { ConnectionCounts, ConnectionOptions, HandshakeStep } from "./actions.js";
import type { SuiteName } from "./codec.js";
import { Carriage, type Delivery } from "./delivery/carriage.js";
import type { Stream } from "./delivery/stream.js";
import { type HandshakeError, LightweightSecureError, SessionEnd, typeError } from "./errors.js";
import { MessageIterator } from "./iterator.js";
import { Link, type PeerAddress, type Platform, type Transport } from "./link.js";
import type { ProfileName } from "./profile.js";

/** Whether received messages are handed over as octets or as text. */
export type Format = "buffer" | "string";
export type Message<F extends Format> = F extends "string" ? string : Uint8Array;

/** The client or server that a session belongs to. */
export interface SessionOwner<F extends Format> {
	readonly format: F;
	/** Undefined where messages are sent without being acknowledged. */
	delivery: Delivery | undefined;
	handshakeStep(session: Session<F>, step: HandshakeStep): void;
	handshakeSuccess(session: Session<F>): void;
	handshakeFailed(session: Session<F>, error: HandshakeError): void;
	/** The session is over; its own `onSessionEnded` comes next. */
	sessionOver(session: Session<F>): void;
	sessionEnded(session: Session<F>, end: SessionEnd): void;
	/** An error that an application's callback threw and that the session's `onError` did not take. */
	report(error: unknown): void;
}

interface Waiter {
	resolve(): void;
	reject(reason: unknown): void;
}

/** For people: with whom a session is, and under what. */
export function withWhom(session: Pick<Session<Format>, "peer" | "keyId" | "suite" | "profile">): string {
	const { peer, keyId, suite, profile } = session;
	return `with ${peer.address}:${peer.port}, key ${keyId}, ${suite ? `suite ${suite}` : `${profile} profile`}`;
}

/**
 * A session, authenticated in the `secure` profile. Its callbacks are assigned in `onHandshakeSuccess`; they are called with the session as
 * `this`, and never after `close` or `abort`. Until `onMessageReceived` is assigned or the session is iterated, messages
 * wait. `protocol.md`, "Records".
 */
export class Session<F extends Format = "buffer"> {
	private readonly owner: SessionOwner<F>;
	/** @internal */
	readonly link: Link;
	private readonly carriage: Carriage | undefined;
	/** When its application has heard of it. */
	private began: number | undefined;
	/** Set by the application's own `close` or `abort`: it hears nothing from then on. */
	private silent = false;
	private receiver: ((this: Session<F>, message: Message<F>) => void) | undefined;
	private iterator: MessageIterator<Message<F>> | undefined;

	// Declared alone: a device has no slot for what is not set.
	declare private drainers: Waiter[] | undefined;
	declare private whenClosed: Promise<SessionEnd> | undefined;
	declare private resolveClosed: ((end: SessionEnd) => void) | undefined;
	declare private outcome: SessionEnd | undefined;
	/** `free` octets of the queue can take messages again, after `send` had found it full. */
	declare onWritable: ((this: Session<F>, free: number) => void) | undefined;
	/** The network has taken so many more messages. */
	declare onDataSent: ((this: Session<F>, messages: number) => void) | undefined;
	/** The session has ended, other than by this side's `close` or `abort`. It is the last callback. */
	declare onSessionEnded: ((this: Session<F>, end: SessionEnd) => void) | undefined;
	/** One of the session's callbacks threw. */
	declare onError: ((this: Session<F>, error: unknown) => void) | undefined;

	/** @internal */
	constructor(owner: SessionOwner<F>, options: ConnectionOptions, transport: Transport, platform: Platform) {
		this.owner = owner;
		this.link = new Link(options, transport, platform, this);
		const { delivery } = owner;
		if (delivery)
			this.carriage = new Carriage(
				delivery,
				this.link,
				(octets) => this.take(octets),
				(error) => this.report(error),
			);
		this.want(false);
	}

	/**
	 * A message has arrived, whole and, in the `secure` profile, authentic. With format "buffer" its octets belong to the callee; the
	 * `buffer` behind them does not, as what has not been opened may lie there: who transfers it to another thread copies before.
	 */
	get onMessageReceived(): ((this: Session<F>, message: Message<F>) => void) | undefined {
		return this.receiver;
	}

	set onMessageReceived(callback: ((this: Session<F>, message: Message<F>) => void) | undefined) {
		if (callback !== undefined && typeof callback !== "function") throw typeError("onMessageReceived is a function");
		this.receiver = callback;
		if (!this.iterator) this.listen();
	}

	/** The peer's address and port, also once the session is over. */
	get peer(): PeerAddress {
		return this.link.peer;
	}

	/** The id of the handshake key that opened the session: 16 hex digits. */
	get keyId(): string {
		return this.link.connection.key?.id ?? "";
	}

	/** "secure" or "original". */
	get profile(): ProfileName {
		return this.link.connection.profile;
	}

	/** Undefined in the `original` profile, which has none. */
	get suite(): SuiteName | undefined {
		return this.link.connection.suite?.name;
	}

	/** Milliseconds since the handshake succeeded. */
	get age(): number {
		return this.began === undefined ? 0 : this.link.platform.now() - this.began;
	}

	/** Messages, and octets on the wire, handshake included. */
	get counts(): Readonly<ConnectionCounts> {
		return this.link.connection.counts;
	}

	/** Octets, 19 for each message beside its own, that wait in the queue. */
	get queued(): number {
		return this.link.connection.queued;
	}

	/** How the session ended; undefined while it lasts. */
	get end(): SessionEnd | undefined {
		return this.outcome;
	}

	/** Whether it has not ended: true also while what is queued leaves behind `close`. */
	get active(): boolean {
		return !this.link.connection.closed;
	}

	/**
	 * Sends a message of 0 to 65,535 octets (`original` profile: 1 to 65,528; text is UTF-8), or throws without having sent a part of it.
	 * @returns how many octets can still be queued
	 * @throws TypeError, RangeError; LightweightSecureError `LST_QUEUE_FULL` (go on at `onWritable`) or `LST_NOT_CONNECTED`
	 */
	send(message: string | Uint8Array): number {
		if (this.carriage)
			throw new LightweightSecureError("LST_DELIVERY", "this session acknowledges its messages: use `deliver`");
		const octets = this.encode(message);
		const free = this.link.connection.send(octets);
		this.link.flush();
		return free;
	}

	/**
	 * With `delivery: "acknowledged"`: sends a message, in this session or another of the same stream, and resolves when the
	 * peer's application has it.
	 * @throws (rejects with) TypeError, RangeError; LightweightSecureError `LST_QUEUE_FULL`, `LST_NOT_DELIVERED` where this side
	 * is closed before, or `LST_DELIVERY` without that option
	 */
	deliver(message: string | Uint8Array): Promise<void> {
		const delivered = this.deliverOnce(message);
		if (this.link.platform.reportsRejections) delivered.catch(() => {});
		return delivered;
	}

	private async deliverOnce(message: string | Uint8Array): Promise<void> {
		if (!this.carriage)
			throw new LightweightSecureError("LST_DELIVERY", 'acknowledged delivery wants `delivery: "acknowledged"`');
		return this.carriage.deliver(this.encode(message));
	}

	/** With `delivery: "acknowledged"`: the stream that the session carries; undefined until the peer has named it. */
	get stream(): Stream | undefined {
		return this.carriage?.stream;
	}

	/**
	 * Resolves as soon as the queue takes a message of the longest kind again, at once where it does already.
	 * Rejects with the `SessionEnd` where the session ends before.
	 */
	drained(): Promise<void> {
		if (this.end) return Promise.reject(this.end);
		if (!this.link.connection.full) return Promise.resolve();
		return new Promise((resolve, reject) => {
			this.drainers ??= [];
			this.drainers.push({ resolve, reject });
		});
	}

	/** Resolves, never rejects, with how the session ended. */
	get closed(): Promise<SessionEnd> {
		this.whenClosed ??= new Promise((resolve) => {
			if (this.end) resolve(this.end);
			else this.resolveClosed = resolve;
		});
		return this.whenClosed;
	}

	/**
	 * Sends what is queued and a Disconnect(0), and closes. No callback is called any more. Resolves when the peer has read all of it and
	 * closed as well, for which it has 5 s once all has left, on a device two: at the latest a minute and some seconds behind this call. On Node.js
	 * its socket stays a minute longer where a peer reads slowly and the program goes on.
	 */
	async close(): Promise<void> {
		this.silent = true;
		await this.finish("done");
	}

	/** Closes at once: nothing that is queued is sent, and the peer is told nothing. */
	abort(): void {
		this.silent = true;
		this.link.connection.abort();
		this.link.proceed();
	}

	/**
	 * The messages, each read from the network only when it is asked for: who does not read holds the sender back. Ends
	 * with a clean end of the session, and throws its `SessionEnd` after any other. One iteration at a time; leaving it
	 * early leaves the session open and its messages waiting.
	 * @throws LightweightSecureError `LST_ITERATING`
	 */
	[Symbol.asyncIterator](): AsyncIterableIterator<Message<F>, undefined> {
		if (this.iterator)
			throw new LightweightSecureError(
				"LST_ITERATING",
				"this session is iterated already; its messages go to one reader",
			);
		const session = this;
		const iterator = new MessageIterator<Message<F>>({
			pull() {
				session.want(true);
				session.link.proceed(false, true);
			},
			get end() {
				return session.end;
			},
			get closed() {
				return session.silent;
			},
			release() {
				session.iterator = undefined;
				session.listen();
			},
		});
		this.iterator = iterator;
		this.want(false);
		return iterator;
	}

	private encode(message: string | Uint8Array): Uint8Array {
		return typeof message === "string" ? this.link.platform.encodeText(message) : message;
	}

	/** Whether the application wants the next message; until it does, messages wait and the sender is held back. */
	private want(on: boolean): void {
		if (this.carriage) this.carriage.want(on);
		else this.link.connection.paused = !on;
	}

	/** Messages go to `onMessageReceived`, or wait where there is none. */
	private listen(): void {
		this.want(this.receiver !== undefined);
		if (this.receiver) this.link.flush();
	}

	private async finish(reason: "done" | "server-stopped"): Promise<void> {
		const { connection } = this.link;
		this.carriage?.finish();
		connection.close(reason, this.link.platform.now());
		this.link.proceed();
		await this.closed;
		await this.link.untilGone();
	}

	private call<A extends unknown[]>(callback: ((this: Session<F>, ...args: A) => void) | undefined, ...args: A): void {
		if (!callback || this.silent) return;
		try {
			const outcome: unknown = callback.apply(this, args);
			if (outcome instanceof Promise && this.link.platform.reportsRejections)
				outcome.catch((error) => this.report(error));
		} catch (error) {
			this.report(error);
		}
	}

	private report(error: unknown): void {
		try {
			if (!this.onError) return this.owner.report(error);
			this.onError(error);
		} catch (second) {
			this.owner.report(second);
		}
	}

	/** @internal Begins the handshake. */
	start(): void {
		this.link.start();
	}

	/** @internal Whether a packet of the handshake was genuine. */
	get heard(): boolean {
		return this.link.connection.heard;
	}

	/** @internal Whether its application has closed it. */
	get isSilent(): boolean {
		return this.silent;
	}

	/** @internal Whether its application has heard of it. */
	get isEstablished(): boolean {
		return this.began !== undefined;
	}

	/** @internal Its application hears nothing from now on. */
	silence(): void {
		this.silent = true;
	}

	/** @internal The server stops. */
	stop(): Promise<void> {
		return this.finish("server-stopped");
	}

	/** @internal */
	step(step: HandshakeStep): void {
		this.owner.handshakeStep(this, step);
	}

	/** @internal */
	established(): void {
		this.began = this.link.platform.now();
		this.owner.handshakeSuccess(this);
		if (!this.end) this.carriage?.begin();
	}

	/** @internal */
	message(octets: Uint8Array): void {
		if (this.carriage) this.carriage.receive(octets);
		else this.take(octets);
	}

	private take(octets: Uint8Array): void {
		const message = (this.owner.format === "string" ? this.link.platform.decodeText(octets) : octets) as Message<F>;
		if (!this.iterator) return this.call(this.receiver, message);
		this.want(false);
		this.iterator.deliver(message);
	}

	/** @internal */
	writable(free: number): void {
		const drainers = this.drainers;
		this.drainers = undefined;
		for (const { resolve } of drainers ?? []) resolve();
		this.carriage?.writable();
		this.call(this.onWritable, free);
	}

	/** @internal */
	get sent(): ((messages: number) => void) | undefined {
		return this.onDataSent && ((messages) => this.end ?? this.call(this.onDataSent, messages));
	}

	/** @internal */
	failed(error: HandshakeError): void {
		this.over(new SessionEnd("aborted", "self"));
		this.owner.handshakeFailed(this, error);
	}

	/** @internal */
	ended(end: SessionEnd): void {
		this.over(end);
		this.owner.sessionOver(this);
		this.call(this.onSessionEnded, end);
		this.owner.sessionEnded(this, end);
	}

	private over(end: SessionEnd): void {
		this.outcome = end;
		this.carriage?.end(end);
		this.iterator?.ended(end);
		for (const { reject } of this.drainers ?? []) reject(end);
		this.drainers = undefined;
		this.resolveClosed?.(end);
	}
}
