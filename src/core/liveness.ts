/** How long a record may take to arrive, or a close to be written, where the inactivity timeout is off. Milliseconds. */
const PATIENCE = 30_000;
const NEVER = Number.POSITIVE_INFINITY;

export interface LivenessOptions {
	/** Milliseconds without sending after which a KeepAlive is due. */
	readonly keepAliveInterval: number;
	/** Milliseconds without a record from the peer after which the session ends; −1 turns it off. */
	readonly inactivityTimeout: number;
	/** Milliseconds for which the network may take nothing of what is to be sent; −1 turns it off. */
	readonly sendTimeout: number;
}

/** The clocks of an open session. `protocol.md`, "Liveness". */
export class Liveness {
	private readonly options: LivenessOptions;
	private lastSent = 0;
	private lastOpened = 0;
	private recordBegan: number | undefined;
	/** Since when the network has taken nothing, undefined while it takes what is written, and what it had not taken then. */
	private blockedSince: number | undefined;
	private pending = 0;

	constructor(options: LivenessOptions) {
		this.options = options;
	}

	/** The session is confirmed: the clocks start. */
	start(now: number): void {
		this.lastSent = this.lastOpened = now;
	}

	sent(now: number): void {
		this.lastSent = now;
	}

	/** A record has opened, or a message that was waiting for the application was taken. */
	opened(now: number): void {
		this.lastOpened = now;
	}

	/** Of the next record some octets are there and some are not. */
	recordBegins(now: number): void {
		this.recordBegan ??= now;
	}

	recordArrived(): void {
		this.recordBegan = undefined;
	}

	/** Whether the network takes what is written, and how much of it is left; taking a little is taking something. */
	network(writable: boolean, pending: number, now: number): void {
		if (writable) this.blockedSince = undefined;
		else if (this.blockedSince === undefined || pending < this.pending) this.blockedSince = now;
		this.pending = pending;
	}

	/** Whether the network takes what is written. */
	get writable(): boolean {
		return this.blockedSince === undefined;
	}

	/** From when on the network has taken nothing for too long. */
	get stuckAt(): number {
		const { sendTimeout } = this.options;
		return this.blockedSince === undefined || sendTimeout < 0 ? NEVER : this.blockedSince + sendTimeout;
	}

	/** When a KeepAlive is due. */
	get keepAliveAt(): number {
		return this.lastSent + this.options.keepAliveInterval;
	}

	/** From when on the peer has been silent, or a record incomplete, for too long. */
	get idleAt(): number {
		const { inactivityTimeout } = this.options;
		if (inactivityTimeout >= 0) return this.lastOpened + inactivityTimeout;
		return this.recordBegan === undefined ? NEVER : this.recordBegan + PATIENCE;
	}

	/** How long a close may wait for the network to take what is queued. */
	get patience(): number {
		const { inactivityTimeout } = this.options;
		return inactivityTimeout >= 0 ? Math.min(inactivityTimeout, PATIENCE) : PATIENCE;
	}
}
