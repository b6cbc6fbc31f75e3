import type { HandshakeStep } from "./actions.js";
import type { Delivery } from "./delivery/carriage.js";
import { type HandshakeError, typeError } from "./errors.js";
import type { PeerAddress, Platform } from "./link.js";
import { checkCallbacks, checkFormat } from "./options.js";
import { processRegistry } from "./registry.js";
import type { Format, Session } from "./session.js";

/** The callbacks that a client and a server have in common; `this` is the client or server. */
export interface EndpointCallbacks<F extends Format> {
	/** TCP is connected; the handshake begins. */
	onHandshakeStarted?: ((peer: PeerAddress) => void) | undefined;
	/** A handshake packet was sent or received. */
	onHandshakeStep?: ((step: HandshakeStep, peer: PeerAddress) => void) | undefined;
	/** Both sides, in the `original` profile the client alone, have proved that they hold the key. The session's callbacks are assigned here: none comes before. */
	onHandshakeSuccess?: ((session: Session<F>) => void) | undefined;
	/** No session came about; `peer` is undefined where not even TCP was connected. */
	onHandshakeFailed?: ((error: HandshakeError, peer: PeerAddress | undefined) => void) | undefined;
	/** A callback threw, or (a server) listening failed. */
	onError?: ((error: unknown) => void) | undefined;
}

/** What a client and a server share on every platform: they hand a session's life to the application's callbacks. */
export abstract class Endpoint<F extends Format, O extends EndpointCallbacks<F>> {
	// Here and in its heirs: what a `SessionOwner` has, for the sessions.
	/** @internal */
	delivery: Delivery | undefined;
	/** The application's options, as they were at construction. */
	protected readonly options: Readonly<O>;
	protected readonly platform: Platform;
	readonly format: F;
	/** Set by the application's `close`: no callback is called any more. */
	protected silent = false;

	/** @throws TypeError, RangeError */
	constructor(options: O & { format?: F | undefined }, platform: Platform) {
		if (typeof options !== "object" || options === null) throw typeError("the options are given as one object");
		checkCallbacks(options);
		this.options = { ...options };
		this.platform = platform;
		this.format = checkFormat(options.format);
	}

	/** Calls an application's callback; what it throws is reported and does not disturb the caller. */
	protected call<A extends unknown[]>(callback: ((...args: A) => void) | undefined, ...args: A): void {
		if (!callback || this.silent) return;
		try {
			const outcome: unknown = callback.apply(this, args);
			if (outcome instanceof Promise && this.platform.reportsRejections) outcome.catch((error) => this.report(error));
		} catch (error) {
			this.report(error);
		}
	}

	/** @internal Hands an error to `onError`, or to the platform where none takes it. */
	report(error: unknown): void {
		const { onError } = this.options;
		if (!onError || this.silent) return this.platform.report(error);
		try {
			onError.call(this, error);
		} catch (second) {
			this.platform.report(second);
		}
	}

	/** While `enableDebug` is on, tells what happens; no line carries a key or a message. */
	protected debug(line: string): void {
		if (this.debugging) this.platform.debug(line);
	}

	/** For lines that would be put together for each session. */
	protected get debugging(): boolean {
		return processRegistry().debug;
	}

	/** @internal */
	handshakeStep(session: Session<F>, step: HandshakeStep): void {
		this.call(this.options.onHandshakeStep, step, session.peer);
	}
}
