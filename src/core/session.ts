import type { ConnectionCounts, ConnectionOptions, HandshakeStep } from "./actions.js";
import type { SuiteName } from "./codec.js";
import { type Delivery, SessionCarrier } from "./delivery/session-carrier.js";
import type { Stream } from "./delivery/stream.js";
import { type HandshakeError, LightweightSecureError, notConnected, SessionEnd, typeError } from "./errors.js";
import { MessageIterator } from "./iterator.js";
import { Link, type PeerAddress, type Platform, reportRejection, type Transport } from "./link.js";
import type { ProfileName } from "./profile.js";

/** Whether received messages are delivered as octets or as text. */
export type Format = "buffer" | "string";
export type Message<F extends Format> = F extends "string" ? string : Uint8Array;

/** The client or server that a session belongs to. */
export interface SessionOwner<F extends Format> {
	readonly format: F;
	/** Undefined without acknowledged delivery. */
	delivery: Delivery | undefined;
	handshakeStep(session: Session<F>, step: HandshakeStep): void;
	handshakeSuccess(session: Session<F>): void;
	handshakeFailed(session: Session<F>, error: HandshakeError): void;
	/** The session is over; its own `onSessionEnded` comes next. */
	sessionOver(session: Session<F>): void;
	sessionEnded(session: Session<F>, end: SessionEnd): void;
	/** An error that a callback threw and for which the session has no `onError`. */
	report(error: unknown): void;
	/** The same for an error that the peer has caused, or that came after the session's `close`. */
	notify(error: unknown): void;
}

interface Waiter {
	resolve(): void;
	reject(reason: unknown): void;
}

/** For people: a session's peer, key, and suite or profile. */
export function withWhom(session: Pick<Session<Format>, "peer" | "keyId" | "suite" | "profile">): string {
	const { peer, keyId, suite, profile } = session;
	return `with ${peer.address}:${peer.port}, key ${keyId}, ${suite ? `suite ${suite}` : `${profile} profile`}`;
}

/**
 * A session, authenticated in the `secure` profile. Assign its callbacks in `onHandshakeSuccess`; they are called with the session as
 * `this`, and never after `close` or `abort`. Messages wait until `onMessageReceived` is assigned or the session is iterated.
 * `protocol.md`, "Records".
 */
export class Session<F extends Format = "buffer"> {
	private readonly owner: SessionOwner<F>;
	/** @internal */
	readonly link: Link;
	private readonly carrier: SessionCarrier | undefined;
	/** When the application was told of it. */
	private began: number | undefined;
	/** @internal Set by the application's `close` or `abort`, or its server's `close`: no callback is called any more. */
	silent = false;
	private receiver: ((this: Session<F>, message: Message<F>) => void) | undefined;
	private iterator: MessageIterator<Message<F>> | undefined;

	// Declared only: they take no slot on a device until they are set.
	declare private drainers: Waiter[] | undefined;
	declare private whenClosed: Promise<SessionEnd> | undefined;
	declare private resolveClosed: ((end: SessionEnd) => void) | undefined;
	declare private outcome: SessionEnd | undefined;
	/** The queue has room again, `free` octets, after it was full. */
	declare onWritable: ((this: Session<F>, free: number) => void) | undefined;
	/** The network has taken that many more messages. */
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
		if (delivery) this.carrier = new SessionCarrier(delivery, this.link, this);
		this.want(false);
	}

	/**
	 * A whole and, in the `secure` profile, authentic message has arrived. With format "buffer" its octets belong to the callee, but the
	 * `buffer` behind them does not, as it may hold octets not yet opened: copy them before a transfer to another thread.
	 */
	get onMessageReceived(): ((this: Session<F>, message: Message<F>) => void) | undefined {
		return this.receiver;
	}

	set onMessageReceived(callback: ((this: Session<F>, message: Message<F>) => void) | undefined) {
		if (callback !== undefined && typeof callback !== "function") throw typeError("onMessageReceived is a function");
		this.receiver = callback;
		if (!this.iterator) this.listen();
	}

	/** The peer's address and port, also after the session. */
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

	/** Undefined in the `original` profile. */
	get suite(): SuiteName | undefined {
		return this.link.connection.suite?.name;
	}

	/** Milliseconds since the handshake succeeded. */
	get age(): number {
		return this.began === undefined ? 0 : this.link.platform.now() - this.began;
	}

	/** Packets and octets on the wire, handshake included, and messages. */
	get counts(): Readonly<ConnectionCounts> {
		return this.link.connection.counts;
	}

	/** Octets that wait to be sent, 19 for each message beside its own. */
	get queued(): number {
		return this.link.connection.queued;
	}

	/** How the session ended; undefined while it lasts. */
	get end(): SessionEnd | undefined {
		return this.outcome;
	}

	/**
	 * Whether its connection lasts; still true while `close` sends what is queued. Once it is false, nothing can be sent, but messages
	 * that have arrived before may still come until the session ends.
	 */
	get active(): boolean {
		return !this.link.connection.lost;
	}

	/**
	 * Sends a message of 0 to 65,535 octets (`original` profile: 1 to 65,528; text is encoded as UTF-8), or throws without sending any of it.
	 * @returns how many octets can still be queued
	 * @throws TypeError, RangeError; LightweightSecureError `LST_QUEUE_FULL` (go on at `onWritable`) or `LST_NOT_CONNECTED`
	 */
	send(message: string | Uint8Array): number {
		if (this.carrier)
			throw new LightweightSecureError("LST_DELIVERY", "this session acknowledges its messages: use `deliver`");
		const octets = this.encode(message);
		const free = this.link.connection.send(octets);
		this.link.flush();
		return free;
	}

	/**
	 * With `delivery: "acknowledged"`: sends a message, in this session or another of the same stream, and resolves when the
	 * peer's application has it.
	 * @throws (rejects with) TypeError, RangeError; LightweightSecureError `LST_QUEUE_FULL`, `LST_NOT_DELIVERED` if this side is
	 * closed before, or `LST_DELIVERY` without that option; on a server the `SessionEnd` if the peer has not named its stream before
	 */
	deliver(message: string | Uint8Array): Promise<void> {
		const delivered = this.deliverOnce(message);
		if (this.link.platform.reportsRejections) delivered.catch(() => {});
		return delivered;
	}

	private async deliverOnce(message: string | Uint8Array): Promise<void> {
		if (!this.carrier)
			throw new LightweightSecureError("LST_DELIVERY", 'acknowledged delivery wants `delivery: "acknowledged"`');
		return this.carrier.deliver(this.encode(message));
	}

	/** With `delivery: "acknowledged"`: the stream that the session carries; undefined until the peer has named it. */
	get stream(): Stream | undefined {
		return this.carrier?.stream;
	}

	/**
	 * Resolves as soon as 65,554 octets, or half of `maxQueued` if that is less, can be queued. Rejects with the `SessionEnd` if the
	 * session ends before, and with LightweightSecureError `LST_NOT_CONNECTED` if nothing can be sent any more, as after `close`.
	 */
	drained(): Promise<void> {
		const { connection } = this.link;
		if (this.end) return Promise.reject(this.end);
		if (!connection.canSend) return Promise.reject(notConnected());
		if (!connection.full) return Promise.resolve();
		return new Promise((resolve, reject) => {
			this.drainers ??= [];
			this.drainers.push({ resolve, reject });
		});
	}

	/** Resolves with how the session ended; never rejects. */
	get closed(): Promise<SessionEnd> {
		this.whenClosed ??= new Promise((resolve) => {
			if (this.end) resolve(this.end);
			else this.resolveClosed = resolve;
		});
		return this.whenClosed;
	}

	/**
	 * Sends what is queued, then Disconnect(0), and closes. No callback is called any more. Resolves when the peer has read everything and
	 * closed as well, for which it has 5 s after the last octet has left: at the latest a little over a minute after this call. On a device,
	 * the Disconnect and the peer have 2 s together. On Node.js the socket stays another minute for a peer that reads slowly, as long as the
	 * program runs.
	 */
	async close(): Promise<void> {
		this.silent = true;
		await this.finish("done");
	}

	/** Closes at once: what is queued is dropped, and the peer is told nothing. */
	abort(): void {
		this.silent = true;
		this.link.connection.abort();
		this.link.proceed();
	}

	/**
	 * The messages, each read from the network only when it is asked for, so that a slow reader holds the sender back. Finishes after
	 * a clean end of the session, and throws its `SessionEnd` after any other. One iteration at a time; leaving it early leaves
	 * the session open and its messages waiting.
	 * @throws LightweightSecureError `LST_ITERATING`
	 */
	[Symbol.asyncIterator](): AsyncIterableIterator<Message<F>> {
		if (this.iterator)
			throw new LightweightSecureError(
				"LST_ITERATING",
				"this session is iterated already; its messages go to one reader",
			);
		const iterator = new MessageIterator<Message<F>>(this);
		this.iterator = iterator;
		this.want(false);
		return iterator;
	}

	/** @internal `MessageSource.pull` */
	pull(): void {
		this.want(true);
		this.carrier?.drain();
		this.link.proceed(false, true);
	}

	/** @internal `MessageSource.release` */
	release(): void {
		this.iterator = undefined;
		this.listen();
	}

	/** The state of the session, for logs. */
	toJSON(): Readonly<Partial<Session<F>>> {
		const { peer, keyId, profile, suite, age, counts, queued, end } = this;
		return { peer, keyId, profile, suite, age, counts, queued, end };
	}

	private encode(message: string | Uint8Array): Uint8Array {
		return typeof message === "string" ? this.link.platform.encodeText(message) : message;
	}

	/** Whether the application wants the next message; while it does not, messages wait and the sender is held back. */
	private want(on: boolean): void {
		if (this.carrier) this.carrier.want(on);
		else this.link.connection.paused = !on;
	}

	/** Messages go to `onMessageReceived`, or wait if there is none. */
	private listen(): void {
		this.want(this.receiver !== undefined);
		if (this.receiver) this.link.flush();
	}

	private async finish(reason: "done" | "server-stopped"): Promise<void> {
		const { connection } = this.link;
		this.carrier?.finish();
		connection.close(reason, this.link.platform.now());
		this.link.proceed();
		await this.closed;
		await this.link.untilGone();
	}

	private call<A>(callback: ((this: Session<F>, argument: A) => void) | undefined, argument: A): void {
		if (!callback || this.silent) return;
		try {
			reportRejection(callback.call(this, argument), this.link.platform, this);
		} catch (error) {
			this.report(error);
		}
	}

	/** @internal Passes an error of the application to `onError`, or without one to its owner. */
	report(error: unknown): void {
		if (this.silent) return this.owner.notify(error);
		if (!this.onError) return this.owner.report(error);
		try {
			reportRejection(this.onError(error), this.link.platform, this.owner);
		} catch (second) {
			this.owner.report(second);
		}
	}

	/** @internal Whether the peer has sent a genuine packet. */
	get heard(): boolean {
		return this.link.connection.heard;
	}

	/** @internal Whether the application was told of it. */
	get isEstablished(): boolean {
		return this.began !== undefined;
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
		if (!this.end) this.carrier?.begin();
	}

	/** @internal */
	message(octets: Uint8Array): void {
		if (this.carrier) this.carrier.receive(octets);
		else if (this.hasRoomFor(octets)) this.take(octets);
	}

	/** @internal Whether there is memory for handing a message out; ends the session if not. */
	hasRoomFor(octets: Uint8Array): boolean {
		if (this.owner.format !== "string") return true;
		const { hasRoom } = this.link.platform;
		if (!hasRoom || hasRoom(3 * octets.length)) return true;
		// As text, an octet that is ill-formed becomes three: counted only if there is not room for the worst case.
		let size = octets.length;
		for (let i = 0; i < octets.length; i++) if (octets[i]! >= 0x80) size += 2;
		return this.link.canReceive(size);
	}

	/** @internal An error that the peer has caused. */
	notify(error: unknown): void {
		if (this.onError && !this.silent) this.report(error);
		else this.owner.notify(error);
	}

	/** @internal */
	take(octets: Uint8Array): void {
		const message = (this.owner.format === "string" ? this.link.platform.decodeText(octets) : octets) as Message<F>;
		if (!this.iterator) return this.call(this.receiver, message);
		this.want(false);
		this.iterator.deliver(message);
	}

	/** @internal */
	writable(free: number): void {
		const drainers = this.drainers;
		this.drainers = undefined;
		if (drainers) for (let i = 0; i < drainers.length; i++) drainers[i]!.resolve();
		this.carrier?.writable();
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
		this.carrier?.end(end);
		this.iterator?.ended(end);
		for (const { reject } of this.drainers ?? []) reject(end);
		this.drainers = undefined;
		this.resolveClosed?.(end);
	}
}
