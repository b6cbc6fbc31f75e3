import type { Action, ConnectionOptions, HandshakeStep } from "./actions.js";
import { Connection } from "./connection.js";
import type { Crypto, KeyAgreement } from "./crypto.js";
import type { HandshakeError, SessionEnd } from "./errors.js";
import type { RandomSource } from "./random.js";

export interface PeerAddress {
	readonly address: string;
	readonly port: number;
}

/** A connected TCP socket, as a platform's end of the library presents it. */
export interface Transport {
	readonly peer: PeerAddress;
	/** False while the network has not taken what was written before; `Link.pump` is called when that changes. */
	readonly writable: boolean;
	/** Octets that were written and that the network has not taken. */
	readonly pending: number;
	/** Takes over the octets, but where the platform has no `place` leaves them as they are; `done`, where given, is called when the network has them. */
	write(octets: Uint8Array, done?: () => void): void;
	/** From now on what happens on the socket is told to `link`. */
	attach(link: Link): void;
	/** Whether octets are wanted. They are passed to `Link.received`. */
	setReading(on: boolean): void;
	/**
	 * Ends the connection: at once, or when all that was written has left, and the peer has ended it too, for which it is
	 * not waited where it was `answered`. What arrives from now on is dropped, and `Link.gone` is called when the socket is closed.
	 */
	close(flush: boolean, answered: boolean): void;
	/** Holds back and lets go what is written, so that it leaves in one segment. */
	cork?(): void;
	uncork?(): void;
	/** Called at each `Link.pump`: whether the program has lately been idle, until something happened. Absent where nothing is held back. */
	waited?(): boolean;
}

/** What a platform lends to a link beside its socket. Times are in milliseconds. */
export interface Platform {
	readonly crypto: Crypto;
	readonly random: RandomSource;
	/** For suites with a share; absent where they cannot be had. */
	readonly agreement?: KeyAgreement | undefined;
	/** Any clock that never goes back. */
	now(): number;
	/**
	 * Calls back with `target` when what has arrived meanwhile was read, also where the program was held up. The target spares
	 * a closure for each timer.
	 */
	setTimer<T>(callback: (target: T) => void, delay: number, target: T): unknown;
	clearTimer(timer: unknown): void;
	/** Runs the callback soon, so that messages sent in one go leave together; at once where that has no use. */
	soon(callback: () => void): void;
	encodeText(text: string): Uint8Array;
	/** Ill-formed UTF-8 becomes U+FFFD. */
	decodeText(octets: Uint8Array): string;
	/** An error of the application's own that none of its `onError` callbacks takes. */
	report(error: unknown): void;
	/** A warning for who runs the program. */
	warn(line: string): void;
	/** A line for who debugs. */
	debug(line: string): void;
	/** A packet that is to be sealed or sent, where native code sees it at less cost; absent where that is everywhere. */
	place?(octets: Uint8Array): Uint8Array;
	/** Whether a promise that is rejected and that nobody looks at ends the program without saying why: then the reason is reported. */
	readonly reportsRejections?: boolean;
	/** Whether so many octets can be allocated; absent where what cannot be is thrown. */
	hasRoom?(octets: number): boolean;
}

/** What happens on a link, in the order of the wire. */
export interface LinkEvents {
	step(step: HandshakeStep): void;
	established(): void;
	message(octets: Uint8Array): void;
	writable(free: number): void;
	/** Undefined where nobody wants to know. */
	readonly sent: ((messages: number) => void) | undefined;
	failed(error: HandshakeError): void;
	ended(end: SessionEnd): void;
}

function callDue(link: Link): void {
	link.due();
}

/** Drives one `Connection` over one `Transport`: performs its actions in order and keeps its one timer. */
export class Link {
	readonly connection: Connection;
	readonly platform: Platform;
	private readonly transport: Transport;
	private readonly events: LinkEvents;
	private socket: "connecting" | "connected" | "closed" = "connecting";
	private timer: unknown;
	private timerDue = Number.POSITIVE_INFINITY;
	private pumping = false;
	// There when they are needed: who sends within the callbacks alone does without.
	declare private scheduled: boolean | undefined;
	declare private pumpSoon: (() => void) | undefined;
	declare private whenGone: (() => void)[] | undefined;

	constructor(options: ConnectionOptions, transport: Transport, platform: Platform, events: LinkEvents) {
		this.connection = new Connection(options);
		this.platform = platform;
		this.transport = transport;
		this.events = events;
	}

	get peer(): PeerAddress {
		return this.transport.peer;
	}

	/** Whether TCP was connected. */
	get started(): boolean {
		return this.socket !== "connecting";
	}

	/** TCP is connected: the handshake begins. */
	start(): void {
		if (this.socket === "connecting") this.socket = "connected";
		this.pump();
	}

	/** Whether so many octets can be received; where there is no memory for them the connection ends. */
	expects(octets: number): boolean {
		const { hasRoom } = this.platform;
		if (!hasRoom || hasRoom(octets + this.connection.unread)) return true;
		this.connection.outOfMemory(this.platform.now());
		this.pump();
		return false;
	}

	received(octets: Uint8Array): void {
		this.connection.receive(octets);
		this.pump();
	}

	/** The peer has ended its side, or the network has failed. */
	inputEnded(): void {
		this.connection.inputEnd(this.platform.now());
		this.pump();
	}

	/** The socket is closed. */
	gone(): void {
		this.inputEnded();
		this.socket = "closed";
		for (const resolve of this.whenGone ?? []) resolve();
		this.whenGone = undefined;
	}

	/** Resolves when the socket is closed: nothing of what was written is left in this program. */
	untilGone(): Promise<void> {
		return new Promise((resolve) => {
			if (this.socket === "closed") return resolve();
			this.whenGone ??= [];
			this.whenGone.push(resolve);
		});
	}

	/** Has what was queued leave soon. */
	flush(): void {
		if (!this.started || this.pumping || this.scheduled) return;
		this.scheduled = true;
		this.pumpSoon ??= () => {
			this.scheduled = false;
			this.proceed();
		};
		this.platform.soon(this.pumpSoon);
	}

	/** The timer has come. */
	due(): void {
		this.timer = undefined;
		this.timerDue = Number.POSITIVE_INFINITY;
		this.pump(true);
	}

	/**
	 * Something has happened on the socket, or its timer has come: performs all that is due now.
	 * @param read whether all that has arrived by now was received, as it was when the timer calls
	 */
	pump(read = false): void {
		if (this.pumping) return;
		this.connection.beginTurn(this.transport.waited?.());
		this.proceed(read);
	}

	/**
	 * Performs what this side wants done, in the turn that has begun. Called from within a callback it does nothing: the outer call
	 * goes on.
	 * @param pulled whether only the next message is wanted: what the application has sent meanwhile leaves by `flush`
	 */
	proceed(read = false, pulled = false): void {
		if (!this.started || this.pumping) return;
		this.pumping = true;
		this.transport.cork?.();
		try {
			this.performAll(read, pulled);
		} catch (error) {
			this.giveUp(error);
		}
		this.pumping = false;
		this.transport.uncork?.();
		try {
			if (!this.connection.closed) this.transport.setReading(!this.connection.holding);
			this.setTimer();
		} catch (error) {
			this.giveUp(error);
		}
	}

	private performAll(read: boolean, pulled = false): void {
		const { connection } = this;
		const transport = this.transport;
		// Read once: for messages that come by the thousand the clock would cost more than they do.
		const now = this.platform.now();
		let action: Action | undefined;
		while ((action = connection.next(now, transport.writable, read, transport.pending, pulled))) this.perform(action);
	}

	/** What the platform throws ends the connection, and leaves nobody waiting for its end. */
	private giveUp(error: unknown): void {
		this.pumping = true;
		this.platform.report(error);
		this.connection.abort("internal-error");
		try {
			this.performAll(false);
		} catch (second) {
			this.platform.report(second);
		}
		this.pumping = false;
	}

	private perform(action: Action): void {
		const events = this.events;
		switch (action.type) {
			case "write": {
				const { messages } = action;
				const { sent } = events;
				this.transport.write(action.octets, sent && messages ? () => sent(messages) : undefined);
				break;
			}
			case "flush":
				this.transport.uncork?.();
				this.transport.cork?.();
				break;
			case "deliver":
				events.message(action.message);
				break;
			case "step":
				events.step(action.step);
				break;
			case "established":
				events.established();
				break;
			case "writable":
				events.writable(action.free);
				break;
			case "close":
				this.transport.close(action.flush, action.answered);
				break;
			case "failed":
				events.failed(action.error);
				break;
			case "ended":
				events.ended(action.end);
		}
	}

	/** One timer for each link, moved only when it would come too late: an early one finds nothing due. */
	private setTimer(): void {
		const due = this.connection.deadline;
		if (due >= this.timerDue && due !== Number.POSITIVE_INFINITY) return;
		if (due === this.timerDue) return;
		if (this.timer !== undefined) this.platform.clearTimer(this.timer);
		this.timerDue = due;
		this.timer =
			due === Number.POSITIVE_INFINITY
				? undefined
				: this.platform.setTimer(callDue, Math.max(1, Math.ceil(due - this.platform.now())), this);
	}
}
