import type { HandshakeStep } from "./actions.js";
import type { Delivery } from "./delivery/session-carrier.js";
import { type HandshakeError, messageOf, typeError } from "./errors.js";
import { type PeerAddress, type Platform, reportRejection } from "./link.js";
import { checkCallbacks, checkFormat } from "./options.js";
import { processRegistry } from "./registry.js";
import type { Format, Session } from "./session.js";

/** The callbacks that a client and a server have in common; `this` is the client or server. */
export interface EndpointCallbacks<F extends Format> {
	/** TCP is connected; the handshake begins. */
	onHandshakeStarted?: ((peer: PeerAddress) => void) | undefined;
	/** A handshake packet was sent or received. */
	onHandshakeStep?: ((step: HandshakeStep, peer: PeerAddress) => void) | undefined;
	/** Both sides (in the `original` profile, only the client) have proved that they hold the key. Assign the session's callbacks here: none is called before this returns. */
	onHandshakeSuccess?: ((session: Session<F>) => void) | undefined;
	/** No session was established; `peer` is undefined if TCP was never connected. */
	onHandshakeFailed?: ((error: HandshakeError, peer: PeerAddress | undefined) => void) | undefined;
	/** A callback threw, or a server could not listen or not announce itself. */
	onError?: ((error: unknown) => void) | undefined;
}

/** What clients and servers have in common on every platform: they pass a session's events on to the application's callbacks. */
export abstract class Endpoint<F extends Format, O extends EndpointCallbacks<F>> {
	// `@internal`, here and in subclasses: what sessions call of their `SessionOwner`.
	/** @internal */
	delivery: Delivery | undefined;
	/** A copy of the application's options, made at construction. */
	protected readonly options: Readonly<O>;
	protected readonly platform: Platform;
	readonly format: F;
	/** Set by `close`: no callback is called any more. */
	protected silent = false;

	/** @throws TypeError, RangeError */
	constructor(options: O & { format?: F | undefined }, platform: Platform) {
		if (typeof options !== "object" || options === null) throw typeError("the options are given as one object");
		checkCallbacks(options);
		this.options = { ...options };
		this.platform = platform;
		this.format = checkFormat(options.format);
	}

	/** Calls one of the application's callbacks and returns its answer; if it throws, that is reported and the answer is undefined. */
	protected call<A extends unknown[]>(callback: ((...args: A) => unknown) | undefined, ...args: A): unknown {
		if (!callback || this.silent) return undefined;
		try {
			const answer = callback.apply(this, args);
			reportRejection(answer, this.platform, this);
			return answer;
		} catch (error) {
			this.report(error);
			return undefined;
		}
	}

	/** @internal Passes an error of the application to `onError`, or without one to the platform. */
	report(error: unknown): void {
		const { onError } = this.options;
		if (!onError || this.silent) return this.platform.report(error);
		try {
			reportRejection(onError.call(this, error), this.platform, this.platform);
		} catch (second) {
			this.platform.report(second);
		}
	}

	/** @internal Passes an error that the peer or the environment has caused to `onError`, or without one warns of it. */
	notify(error: unknown): void {
		if (this.options.onError && !this.silent) this.report(error);
		else this.platform.warn(messageOf(error));
	}

	/** Writes what happens while `enableDebug` is on; no line contains a key or a message. */
	protected debug(line: string): void {
		if (this.debugging) this.platform.debug(line);
	}

	/** Asked before composing a line, so that none is composed in vain. */
	protected get debugging(): boolean {
		return processRegistry().debug;
	}

	/** @internal */
	handshakeStep(session: Session<F>, step: HandshakeStep): void {
		this.call(this.options.onHandshakeStep, step, session.peer);
	}
}
