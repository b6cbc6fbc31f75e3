/** Time limit of a record's arrival, and of a close, if the inactivity timeout is off. Milliseconds. */
const PATIENCE = 30_000;
const NEVER = Number.POSITIVE_INFINITY;

export interface LivenessOptions {
	/** Milliseconds without sending after which a KeepAlive is due. */
	readonly keepAliveInterval: number;
	/** Milliseconds without a record from the peer after which the session ends; −1 turns it off. */
	readonly inactivityTimeout: number;
	/** Milliseconds for which the network may take none of the waiting octets; −1 turns it off. */
	readonly sendTimeout: number;
}

/** The clocks of an open session. `protocol.md`, "Liveness". */
export class Liveness {
	private readonly options: LivenessOptions;
	private lastSent = 0;
	private lastOpened = 0;
	private recordBegan: number | undefined;
	/** Since when the network has taken nothing, undefined while it does; and how much was left when last looked at. */
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

	/** A record has opened, or the application has taken a message that was waiting. */
	peerIsAlive(now: number): void {
		this.lastOpened = now;
	}

	/** The next record has arrived in part. */
	recordBegins(now: number): void {
		this.recordBegan ??= now;
	}

	recordArrived(): void {
		this.recordBegan = undefined;
	}

	/** Whether the network takes what is written, and how many octets are left; fewer than before is progress. */
	network(writable: boolean, pending: number, now: number): void {
		if (writable) this.blockedSince = undefined;
		else if (this.blockedSince === undefined || pending < this.pending) this.blockedSince = now;
		this.pending = pending;
	}

	/** Whether the network takes what is written. */
	get writable(): boolean {
		return this.blockedSince === undefined;
	}

	/** When the network will have taken nothing for too long. */
	get stuckAt(): number {
		const { sendTimeout } = this.options;
		return this.blockedSince === undefined || sendTimeout < 0 ? NEVER : this.blockedSince + sendTimeout;
	}

	/** When a KeepAlive is due. */
	get keepAliveAt(): number {
		return this.lastSent + this.options.keepAliveInterval;
	}

	/** When the peer will have been silent, or a record incomplete, for too long. */
	get idleAt(): number {
		const { inactivityTimeout } = this.options;
		if (inactivityTimeout >= 0) return this.lastOpened + inactivityTimeout;
		return this.recordBegan === undefined ? NEVER : this.recordBegan + PATIENCE;
	}

	/** Time limit of a close, or of taking the last message of a peer that is gone. Milliseconds. */
	get closeTimeout(): number {
		const { inactivityTimeout } = this.options;
		return inactivityTimeout >= 0 ? Math.min(inactivityTimeout, PATIENCE) : PATIENCE;
	}
}
