import type { Action, Closing, ConnectionOptions, HandshakeStep } from "./actions.js";
import { BundleReader, messagesIn } from "./bundle.js";
import { isHandshake, newRecord, PacketType, packetName, payloadOffset, recordPayload } from "./codec.js";
import { ConnectionState } from "./connection-state.js";
import {
	disconnectCode,
	HandshakeError,
	LightweightSecureError,
	notConnected,
	SessionEnd,
	type SessionEndReason,
} from "./errors.js";
import type { HandshakePhase } from "./handshake-phase.js";
import { copy, nothing } from "./octets.js";
import { LONGEST_MESSAGE, OVERHEAD } from "./outbox.js";
import { PacketRefused } from "./parser.js";
import { RecordLayer } from "./record-layer.js";
import { asHandshakeError, asSessionEndReason, unexpected } from "./refusal.js";

/** With this many octets waiting, writing comes before delivering, so that answers do not pile up; but a Bundle is filled first. */
const WRITE_FIRST = 1024;

/**
 * One connection of the protocol, without a socket or a clock: it is given octets, messages and the time, and `next`
 * returns, one by one, what to do. `now` is any clock in milliseconds that never goes back. The first `next` begins the
 * handshake: call it as soon as TCP is connected.
 *
 * `starting` → `handshake` → (a client) `confirming` → `open` → (its own close) `closing` → `closed`; every failure goes
 * straight to `closed`.
 */
export class Connection extends ConnectionState {
	// Without an explicit constructor XS gathers and spreads the arguments.
	constructor(options: ConnectionOptions) {
		super(options);
	}

	/** Takes over octets that have arrived. Packets are opened in place. */
	receive(octets: Uint8Array): void {
		this.octetsReceived += octets.length;
		if (!this.ending) this.parser.push(octets);
	}

	/** There is no memory to receive what has arrived. */
	outOfMemory(now: number): void {
		if (this.phase !== "closed") this.endFor(new PacketRefused("no-memory", "what has arrived"), now);
	}

	/** The peer will send nothing more, after a FIN or a network failure, and nothing can be sent to it. */
	inputEnd(now: number): void {
		if (this.inputEnded) return;
		this.inputEnded = true;
		if (this.phase === "open") this.dueBy = now + this.liveness.closeTimeout;
	}

	/**
	 * Queues a copy of a whole message and returns how many octets can still be queued. On a client, also before the
	 * handshake has finished: the message then leaves directly behind HandshakeSuccess.
	 * @throws TypeError, RangeError, LightweightSecureError `LST_QUEUE_FULL` or `LST_NOT_CONNECTED`
	 */
	send(message: Uint8Array): number {
		if (!this.canSend) throw notConnected();
		try {
			this.outbox.push(message);
		} catch (error) {
			if (error instanceof LightweightSecureError) this.full = true;
			throw error;
		}
		const { free } = this.outbox;
		if (free < Math.min(LONGEST_MESSAGE + OVERHEAD, this.options.maxQueued / 2)) this.full = true;
		return free;
	}

	/** Requests "writable" although no message was refused, for messages that wait elsewhere. */
	expectRoom(): void {
		this.full = true;
	}

	/** Ends an open session with a Disconnect after what is queued; aborts a handshake. */
	close(reason: SessionEndReason, now: number): void {
		if (this.ending) return;
		if (this.phase !== "open") return this.failHandshake(new HandshakeError("aborted"));
		this.phase = "closing";
		this.closeReason = reason;
		this.dueBy = now + this.liveness.closeTimeout;
		this.dropInput();
	}

	/** Ends everything at once, without a Disconnect and without sending what is queued. */
	abort(reason: "aborted" | "internal-error" = "aborted"): void {
		if (this.phase === "open" || this.phase === "closing") this.endSession(new SessionEnd(reason, "self"), "now");
		else if (this.phase !== "closed") this.failHandshake(new HandshakeError(reason));
	}

	/**
	 * The next thing to do, or undefined if there is none until something happens or `deadline` is reached.
	 * @param writable false while the network has not taken what was written before
	 * @param read whether everything that has arrived was received: only then can the peer count as silent
	 * @param pending written octets that the network has not taken
	 * @param pulled whether only a message is wanted: what is queued waits, unless it is due before the message
	 */
	next(now: number, writable = true, read = true, pending = 0, pulled = false): Action | undefined {
		this.liveness.network(writable, pending, now);
		for (;;) {
			try {
				const action = this.takeAction() ?? this.advance(now, read, pulled);
				if (action !== "again") return action;
			} catch (error) {
				if (this.phase !== "closed") this.endFor(error, now);
			}
		}
	}

	private act(action: Action): void {
		this.actions ??= [];
		this.actions.push(action);
	}

	private takeAction(): Action | undefined {
		const action = this.actions?.shift();
		if (this.actions?.length === 0) this.actions = undefined;
		return action;
	}

	/**
	 * A new turn of the event loop: one slice of a long record may be processed.
	 * @param waited whether the program was idle before: then its peer probably waits too, and is sent the first answers before the
	 * rest of what has arrived is delivered
	 */
	beginTurn(waited?: boolean): void {
		this.records?.beginTurn();
		// Not set if undefined, as on a device, where it would take a slot.
		if (waited !== this.eager) this.eager = waited;
	}

	private advance(now: number, read: boolean, pulled: boolean): Action | "again" | undefined {
		if (this.phase === "closed") return undefined;
		if (this.phase === "starting") return this.begin(now);
		if (this.phase !== "open" && this.endIfOverdue(now)) return "again";
		const { maxBundle, maxQueued } = this.options;
		const early = this.eager && !this.outbox.empty && this.mayLeave;
		if (early) {
			this.eager = false;
			// Before "writable", in whose callback the application may send more.
			this.act({ type: "flush" });
		}
		if (early || this.outbox.queued >= Math.max(WRITE_FIRST, Math.min(maxBundle, maxQueued / 2))) {
			const write = this.writeQueued(now);
			if (write) return write;
		}
		if (this.phase === "closing") {
			if (this.inputEnded && !(this.outbox.empty && !this.records?.sealing && this.liveness.writable)) {
				this.endSession(new SessionEnd("cut-off", "network"), "now");
				return "again";
			}
		} else {
			if (this.inbox) {
				if (!this.paused && !this.resting) return this.deliver(this.inbox, now);
			} else if (this.records?.opening) {
				if (this.continueOpening(now)) return "again";
			} else if (this.readPacket(now)) return "again";
			if (this.phase === "open" && read && !this.records?.opening && this.endIfSilent(now)) return "again";
		}
		if (pulled && this.phase === "open") return undefined;
		if (this.records?.sealing) return this.continueSealing(now);
		return this.writeQueued(now) ?? this.finishClose(now) ?? this.keepAlive(now);
	}

	private begin(now: number): Action | "again" | undefined {
		if (this.dueBy === Number.NEGATIVE_INFINITY) this.dueBy = now + this.options.handshakeTimeout;
		const handshake = this.handshake!;
		if (!handshake.canBegin) return this.endIfOverdue(now) ? "again" : undefined;
		this.phase = "handshake";
		const first = handshake.begin();
		if (!first) return "again";
		const { role, registry } = this.options;
		if (role === "client") {
			this.ownRequest = copy(first);
			registry.remember(this.ownRequest);
		}
		this.step("sent", first);
		return this.writing(first);
	}

	/** Ends a handshake or a close that takes too long. */
	private endIfOverdue(now: number): boolean {
		if (now < this.dueBy) return false;
		if (this.phase === "open" || this.phase === "closing") this.endSession(new SessionEnd("cut-off", "network"), "now");
		else this.failHandshake(new HandshakeError("timeout", this.silenceHint));
		return true;
	}

	/** Ends a session whose peer was silent, or has not read, for too long, or is gone while its last message was not taken. */
	private endIfSilent(now: number): boolean {
		if (this.inputEnded) return this.endIfOverdue(now);
		if (now >= this.liveness.stuckAt) this.endSession(new SessionEnd("send-timeout", "network"), "now");
		else if (now >= this.idleAt) this.endWithDisconnect("idle-too-long", now);
		else return false;
		return true;
	}

	private deliver(inbox: Uint8Array | BundleReader, now: number): Action {
		const message = inbox instanceof BundleReader ? inbox.next()! : inbox;
		if (message === inbox || (inbox as BundleReader).empty) this.inbox = undefined;
		this.liveness.peerIsAlive(now);
		// An application that takes the last messages one by one has as long for each.
		if (this.inputEnded) this.dueBy = now + this.liveness.closeTimeout;
		this.messagesReceived++;
		return { type: "deliver", message };
	}

	/** Reads one packet; false if none is left. */
	private readPacket(now: number): boolean {
		const { handshake, parser } = this;
		const type = handshake?.held?.[0] ?? parser.type;
		if (type !== undefined) {
			if (this.options.profile.layouts[type]) this.checkType(type);
			const packet = handshake?.held ?? parser.next();
			if (packet) {
				if (handshake?.hold(packet)) return false;
				this.liveness.recordArrived();
				this.packetsReceived++;
				if (handshake) this.readHandshake(handshake, packet, now);
				else this.readRecord(packet, now);
				return true;
			}
			this.liveness.recordBegins(now);
		}
		if (!this.inputEnded) return false;
		if (this.phase === "open") this.endSession(new SessionEnd("cut-off", "network"), "now");
		else this.failHandshake(new HandshakeError("closed-by-peer", this.silenceHint));
		return true;
	}

	/** Refuses a packet by its first octet, before the rest has arrived. */
	private checkType(type: number): void {
		if (this.handshake) this.handshake.check(type, this.parser.pending);
		else if (this.phase === "confirming") {
			if (type !== PacketType.KeepAlive && type !== PacketType.Disconnect) throw unexpected(type);
		} else if (isHandshake(type)) throw new PacketRefused("unknown-type", `${packetName(type)} in a session`);
	}

	private readHandshake(handshake: HandshakePhase, packet: Uint8Array, now: number): void {
		const answer = handshake.read(packet);
		// `findKey` may have stopped the server.
		if (this.phase === "closed") return handshake.wipe();
		this.step("received", packet);
		if (answer) {
			const { pending } = this.parser;
			if (pending) throw new HandshakeError("unexpected-packet", `${pending} octets came before they could be due`);
		}
		const { role, profile, server } = this.options;
		const admitted = !handshake.over || !server?.full;
		if (answer && admitted) {
			this.act(this.writing(answer));
			this.step("sent", answer);
		}
		if (!handshake.over) return;
		this.records = new RecordLayer(handshake.finish(), this.options);
		this.leaveHandshake();
		if (!admitted) this.failHandshake(new HandshakeError("no-capacity"), this.sealDisconnect("no-capacity", now));
		else if (!profile.mutual) this.open(now);
		else if (role === "client") this.phase = "confirming";
		else this.confirm(now);
	}

	/** Releases the handshake's packets, which a session does not need. */
	private leaveHandshake(): void {
		this.agreedKey = this.key;
		this.agreedSuite = this.suite;
		this.handshake = undefined;
	}

	/** The server's first record is written before its application hears of the session. */
	private confirm(now: number): void {
		const confirmation = this.newRecord(PacketType.KeepAlive, 0);
		this.act(this.seal(confirmation, now));
		this.step("sent", confirmation);
		this.open(now);
	}

	private open(now: number): void {
		this.phase = "open";
		this.liveness.start(now);
		this.act({ type: "established" });
	}

	private readRecord(record: Uint8Array, now: number): void {
		const genuine = this.records!.beginOpening(record, this.parser);
		if (genuine !== undefined) this.takeRecord(record, genuine, now);
	}

	/** @returns whether there is more to do in this turn */
	private continueOpening(now: number): boolean {
		const opened = this.records!.continueOpening();
		if (opened) this.takeRecord(opened.record, opened.genuine, now);
		return opened !== false;
	}

	private takeRecord(record: Uint8Array, genuine: boolean, now: number): void {
		const type = record[0] as PacketType;
		if (!genuine) {
			if (this.phase === "confirming") throw new HandshakeError("authentication-failed");
			return this.endSession(new SessionEnd("authentication-failed", "self"), "now");
		}
		const { layouts, shortestMessage } = this.options.profile;
		const plain = type === PacketType.KeepAlive ? nothing : recordPayload(record, layouts);
		if (this.phase === "confirming") {
			this.step("received", record);
			return this.readConfirmation(type, plain, now);
		}
		this.liveness.peerIsAlive(now);
		if (type === PacketType.RegularMessage) {
			// Like the C++ library, the `original` profile ignores empty messages.
			if (plain.length >= shortestMessage) this.inbox = plain;
		} else if (type === PacketType.Disconnect) {
			// The peer sends nothing more and waits for this side to close.
			this.endSession(SessionEnd.fromPeer(plain[0]), "answered");
		} else if (type === PacketType.Bundle) {
			const bundle = BundleReader.check(plain);
			if (!bundle) {
				plain.fill(0);
				this.endWithDisconnect("protocol-error", now);
			} else if (!bundle.empty) this.inbox = bundle;
		}
	}

	private readConfirmation(type: PacketType, plain: Uint8Array, now: number): void {
		if (type === PacketType.KeepAlive) return this.open(now);
		if (plain[0] === disconnectCode("no-capacity")) throw new HandshakeError("no-capacity");
		throw unexpected(type);
	}

	private writeQueued(now: number): Action | "again" | undefined {
		const { records, outbox } = this;
		if (!this.liveness.writable || this.inputEnded || !records || records.sealing || outbox.empty) return undefined;
		const record = this.offHeap(outbox.take());
		const messages = messagesIn(record);
		this.messagesSent += messages;
		if (this.full && this.phase !== "closing" && this.free >= this.options.maxQueued / 2) {
			this.full = false;
			this.act({ type: "writable", free: this.free });
		}
		return records.beginSealing(record, messages) ? this.written(record, now, messages) : this.continueSealing(now);
	}

	/** Whether answers to the messages delivered so far may leave before more are delivered. */
	private get mayLeave(): boolean {
		const { inbox } = this;
		if (!inbox) return this.parser.pending > 0;
		return inbox instanceof BundleReader && inbox.half && this.outbox.queued >= WRITE_FIRST;
	}

	private continueSealing(now: number): Action | "again" | undefined {
		const sealed = this.records!.continueSealing();
		if (sealed === false) return undefined;
		return sealed ? this.written(sealed.record, now, sealed.messages) : "again";
	}

	private finishClose(now: number): "again" | undefined {
		if (this.phase !== "closing" || !this.outbox.empty || this.records?.sealing) return undefined;
		// "done" must mean that the network has taken everything.
		if (!this.liveness.writable) return undefined;
		this.endWithDisconnect(this.closeReason, now, "asked");
		return "again";
	}

	private keepAlive(now: number): Action | undefined {
		const { liveness } = this;
		if (this.phase !== "open" || !liveness.writable || this.inputEnded || this.records?.sealing) return undefined;
		if (now < liveness.keepAliveAt) return undefined;
		return this.seal(this.newRecord(PacketType.KeepAlive, 0), now);
	}

	private newRecord(type: PacketType, length: number): Uint8Array {
		return this.offHeap(newRecord(type, length, this.options.profile.layouts));
	}

	private offHeap(record: Uint8Array): Uint8Array {
		const { offHeap } = this.options;
		return offHeap ? offHeap(record) : record;
	}

	private seal(record: Uint8Array, now: number): Action {
		this.records!.seal(record);
		return this.written(record, now, 0);
	}

	private written(record: Uint8Array, now: number, messages: number): Action {
		this.liveness.sent(now);
		return this.writing(record, messages);
	}

	private sealDisconnect(reason: SessionEndReason, now: number): Action {
		const { layouts } = this.options.profile;
		const { payload } = layouts[PacketType.Disconnect]!;
		const record = this.newRecord(PacketType.Disconnect, payload as number);
		// If the profile's Disconnect has no reason, this index is outside of the record, and nothing is set.
		record[payloadOffset(PacketType.Disconnect, layouts)] = disconnectCode(reason)!;
		return this.seal(record, now);
	}

	private writing(packet: Uint8Array, messages = 0): Action {
		this.packetsSent++;
		this.octetsSent += packet.length;
		return { type: "write", octets: packet, messages };
	}

	private step(direction: HandshakeStep["direction"], packet: Uint8Array): void {
		if (!this.options.steps) return;
		this.act({ type: "step", step: { direction, packet: packetName(packet[0]!), size: packet.length } });
	}

	/** Ends the connection as a failed check or an unexpected error requires. */
	private endFor(error: unknown, now: number): void {
		if (this.phase !== "open" && this.phase !== "closing") return this.failHandshake(asHandshakeError(error));
		this.endWithDisconnect(asSessionEndReason(error), now);
	}

	/** Ends the session with a Disconnect, or without one if not even that can be sealed. */
	private endWithDisconnect(reason: SessionEndReason, now: number, how: Closing = "refused"): void {
		try {
			this.act(this.sealDisconnect(reason, now));
		} catch {
			return this.endSession(new SessionEnd("internal-error", "self"), "now");
		}
		// A Disconnect of the `original` profile carries no reason.
		const { payload } = this.options.profile.layouts[PacketType.Disconnect]!;
		this.endSession(new SessionEnd(reason, "self", payload ? undefined : null), how);
	}

	/** Received packets are still reported; nothing is sent any more except a `refusal`. */
	private failHandshake(error: HandshakeError, refusal?: Action): void {
		this.actions = this.actions?.filter((action) => action.type === "step" && action.step.direction === "received");
		if (refusal) this.act(refusal);
		this.act({ type: "close", how: refusal ? "refused" : "now" });
		this.act({ type: "failed", error });
		this.release();
	}

	private endSession(end: SessionEnd, how: Closing): void {
		// A session that the application has not been told of yet has never existed.
		if (this.actions?.some(({ type }) => type === "established"))
			return this.failHandshake(new HandshakeError("aborted"));
		this.act({ type: "close", how });
		this.act({ type: "ended", end });
		this.release();
	}

	private release(): void {
		this.phase = "closed";
		this.handshake?.wipe();
		this.leaveHandshake();
		this.records?.wipe();
		this.records = undefined;
		this.outbox.clear();
		this.dropInput();
		if (this.ownRequest) this.options.registry.forget(this.ownRequest);
	}

	private dropInput(): void {
		this.inbox = undefined;
		this.records?.stopOpening();
		this.parser.clear();
	}
}
