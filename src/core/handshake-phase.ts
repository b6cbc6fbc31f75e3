import type { ConnectionOptions } from "./actions.js";
import { PacketType, type Suite, suiteOf } from "./codec.js";
import { HandshakeError } from "./errors.js";
import { Challenger, type Exchange, type Handshake, Responder, UNAUTHENTICATED } from "./handshake.js";
import type { Key } from "./key.js";
import type { Records } from "./records.js";
import { unexpected } from "./refusal.js";

/**
 * A connection until its handshake is over: which packet may come, when there is time for it, and, for people, what a failure
 * may mean.
 */
export class HandshakePhase {
	private readonly options: ConnectionOptions;
	private readonly exchange: Exchange;
	private readonly handshake: Handshake;
	/** A packet that waits for a turn with time for it. */
	held: Uint8Array | undefined;

	constructor(options: ConnectionOptions) {
		const { role, profile, random } = options;
		this.options = options;
		this.exchange = profile.exchange(options);
		this.handshake = new (role === profile.challenger ? Challenger : Responder)(this.exchange, random);
	}

	/** The handshake key; on a server it is known once a request has named it. */
	get key(): Key | undefined {
		return this.exchange.key;
	}

	/** The suite; on a server it is known once a request has asked for it. */
	get suite(): Suite | undefined {
		return this.exchange.suite;
	}

	/** Whether this side has sent and received all packets. */
	get over(): boolean {
		return this.handshake.expects === undefined;
	}

	/** Whether this turn has time for the beginning. */
	get canBegin(): boolean {
		const { role, profile } = this.options;
		return role !== profile.challenger || this.hasTime(this.suite);
	}

	/** The packet that this side sends as soon as TCP is connected, if any. */
	begin(): Uint8Array | undefined {
		return this.handshake.begin();
	}

	/**
	 * Refuses a packet by its first octet, before the rest has arrived. `pending` octets of it are there.
	 * @throws HandshakeError
	 */
	check(type: number, pending: number): void {
		const { profile, role } = this.options;
		const { expects } = this.handshake;
		// A full server of the `original` profile sends this in place of HandshakeSuccess.
		if (!profile.mutual && type === PacketType.Disconnect && expects === PacketType.HandshakeSuccess)
			throw new HandshakeError("no-capacity");
		if (type !== expects) throw unexpected(type, profile.hint(role, type, pending));
	}

	/** Holds the packet and answers true if it has to wait for another turn. */
	hold(packet: Uint8Array): boolean {
		const isRequest = packet[0] === PacketType.HandshakeRequest;
		const suite = isRequest ? suiteOf(this.options.suites, packet[1]) : this.suite;
		this.held = this.hasTime(suite) ? undefined : packet;
		return this.held !== undefined;
	}

	/**
	 * Takes the expected packet and returns the answer to send, if any.
	 * @throws HandshakeError
	 */
	read(packet: Uint8Array): Uint8Array | undefined {
		return this.handshake.read(packet);
	}

	/** The records of the session. */
	finish(): Records {
		return this.handshake.finish(this.options.role);
	}

	/** For people: what it may mean that the peer has stopped sending; `heard` is whether it has sent anything at all. */
	silenceHint(heard: boolean): string | undefined {
		const { profile, role } = this.options;
		if (!heard) return profile.hint(role, undefined, 0);
		return profile.mutual ? undefined : UNAUTHENTICATED;
	}

	wipe(): void {
		this.handshake.wipe();
	}

	/** Whether this turn has time for the multiplication that a handshake step with this suite may need. */
	private hasTime(suite: Suite | undefined): boolean {
		return !suite?.share || this.options.agreement!.ready;
	}
}
