import type { Action, Closing, ConnectionOptions, HandshakeStep } from "./actions.js";
import { Connection } from "./connection.js";
import type { Crypto, KeyAgreement } from "./crypto.js";
import type { HandshakeError, SessionEnd } from "./errors.js";
import type { RandomSource } from "./random.js";

export interface PeerAddress {
	readonly address: string;
	readonly port: number;
}

/** A connected TCP socket, as each platform implements it. */
export interface Transport {
	readonly peer: PeerAddress;
	/** False while the network has not taken what was written; `Link.pump` is called when that changes. */
	readonly writable: boolean;
	/** Octets that were written and not yet taken by the network. */
	readonly pending: number;
	/** Takes over the octets, which it must not change unless the platform has `offHeap`; `done` is called when the network has taken them. */
	write(octets: Uint8Array, done?: () => void): void;
	/** Reports the socket's events to `link` from now on. */
	attach(link: Link): void;
	/** Starts or stops reading; what is read is passed to `Link.received`. */
	setReading(on: boolean): void;
	/**
	 * Closes the connection, and unless "now" waits until the peer has closed it too, or knows already. What arrives from now on is
	 * dropped, and `Link.gone` is called when the socket is closed.
	 * @param timeout milliseconds for what was written to leave, where the platform does not set a time limit of its own
	 */
	close(how: Closing, timeout: number): void;
	/** Hold back and release what is written, so that it leaves in one segment. */
	cork?(): void;
	uncork?(): void;
	/** Called at each `Link.pump` of a session: whether the program was idle lately. Absent where nothing is held back. */
	waited?(): boolean;
}

/** What a link needs from a platform besides a socket. Times are in milliseconds. */
export interface Platform {
	readonly crypto: Crypto;
	readonly random: RandomSource;
	/** For suites with a share; absent if there are none. */
	readonly agreement?: KeyAgreement | undefined;
	/** Any clock that never goes back. */
	now(): number;
	/**
	 * Calls back with `target`, after reading what has arrived meanwhile, even if the program was held up. Passing the target saves
	 * a closure per timer.
	 */
	setTimer<T>(callback: (target: T) => void, delay: number, target: T): unknown;
	clearTimer(timer: unknown): void;
	/**
	 * Asked after each message that was delivered: if that has taken long in this turn of the event loop, calls back with `target` in the next
	 * one, and returns true. Absent where little is read in a turn.
	 */
	rest?<T>(callback: (target: T) => void, target: T): boolean;
	/** Runs the callback soon, so that messages sent in one go leave together; at once where that is of no use. */
	soon(callback: () => void): void;
	encodeText(text: string): Uint8Array;
	/** Ill-formed UTF-8 becomes U+FFFD. */
	decodeText(octets: Uint8Array): string;
	/** An error from the application for which it has no `onError`. */
	report(error: unknown): void;
	/** A warning for whoever runs the program. */
	warn(line: string): void;
	/** A line of `enableDebug`. */
	debug(line: string): void;
	/** Copies a packet to where native code reads it at less cost, before it is sealed or sent; absent where there is no difference. */
	offHeap?(octets: Uint8Array): Uint8Array;
	/** Whether unhandled rejections end the program silently, so that the library reports them. */
	readonly reportsRejections?: boolean;
	/** Whether that many octets can be allocated; absent where a failed allocation throws. */
	hasRoom?(octets: number): boolean;
}

/** Reports it if the promise that a callback of the application has returned rejects, where nothing else would. */
export function reportRejection(
	returned: unknown,
	platform: Pick<Platform, "reportsRejections">,
	to: Pick<Platform, "report">,
): void {
	if (platform.reportsRejections && returned instanceof Promise) returned.catch((error) => to.report(error));
}

/** The events of a link, in the order of the wire. */
export interface LinkEvents {
	step(step: HandshakeStep): void;
	established(): void;
	message(octets: Uint8Array): void;
	writable(free: number): void;
	/** Undefined if nobody listens. */
	readonly sent: ((messages: number) => void) | undefined;
	failed(error: HandshakeError): void;
	ended(end: SessionEnd): void;
}

function callDue(link: Link): void {
	link.due();
}
function goOn(link: Link): void {
	link.connection.resting = false;
	link.pump();
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
	// Set when needed: an application that sends only in callbacks does without them.
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

	/** Whether that many octets can be received; ends the connection if there is no memory for them. One that is ending drops them. */
	canReceive(octets: number): boolean {
		const { hasRoom } = this.platform;
		if (!hasRoom || this.connection.ending || hasRoom(octets + this.connection.unread)) return true;
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
		if (this.connection.closed) return;
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

	/** Resolves when the socket is closed, and everything that was written has left this program. */
	untilGone(): Promise<void> {
		return new Promise((resolve) => {
			if (this.socket === "closed") return resolve();
			this.whenGone ??= [];
			this.whenGone.push(resolve);
		});
	}

	/** Lets what is queued leave soon. */
	flush(): void {
		if (!this.started || this.pumping || this.scheduled) return;
		this.scheduled = true;
		this.pumpSoon ??= () => {
			this.scheduled = false;
			this.proceed();
		};
		this.platform.soon(this.pumpSoon);
	}

	/** The timer has fired. */
	due(): void {
		this.timer = undefined;
		this.timerDue = Number.POSITIVE_INFINITY;
		this.pump(true);
	}

	/**
	 * Something has happened on the socket, or its timer has fired: performs all that is due now.
	 * @param read whether everything that has arrived was received, as it was when the timer fires
	 */
	pump(read = false): void {
		if (this.pumping) return;
		this.connection.beginTurn(this.connection.inSession ? this.transport.waited?.() : undefined);
		this.proceed(read);
	}

	/**
	 * Performs what this side wants done, in the current turn. Called from within a callback it does nothing: the outer call
	 * continues.
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
		const { connection, transport } = this;
		// Read once: when messages come by the thousand, the clock would cost more than they do.
		const now = this.platform.now();
		let action: Action | undefined;
		while ((action = connection.next(now, transport.writable, read, transport.pending, pulled))) this.perform(action);
	}

	/** An exception from the platform ends the connection; nobody is left waiting for its end. */
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
				if (this.platform.rest?.(goOn, this)) this.connection.resting = true;
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
				this.transport.close(action.how, this.connection.closeTimeout);
				break;
			case "failed":
				events.failed(action.error);
				break;
			case "ended":
				events.ended(action.end);
		}
	}

	/** One timer per link, moved only when it would fire too late: an early one finds nothing due. */
	private setTimer(): void {
		const due = this.connection.deadline;
		if (due === this.timerDue || (due > this.timerDue && due !== Number.POSITIVE_INFINITY)) return;
		if (this.timer !== undefined) this.platform.clearTimer(this.timer);
		this.timerDue = due;
		this.timer =
			due === Number.POSITIVE_INFINITY
				? undefined
				: this.platform.setTimer(callDue, Math.max(1, Math.ceil(due - this.platform.now())), this);
	}
}
