import type TCP from "embedded:io/socket/tcp";
import Timer from "timer";
import type { Closing } from "../core/actions.js";
import type { Link, PeerAddress, Transport } from "../core/link.js";

/** How long a socket is kept whose last octets do not leave, or whose peer does not close. Milliseconds. */
const CLOSING = 2_000;
/** Twice this long, one is kept that cannot be written, has nothing to read, and has not reported an error. Milliseconds. */
const LOST = 100;

/** The most octets to read at once: a device's network may hold several times as much, but XS has little room. */
const READ = 2048;
/** The same for octets that are dropped, possibly for lack of memory. */
const DROP = 256;

/**
 * The most writes before everything that was written has been acknowledged. lwIP takes 8 on an ESP8266, however short they are, and
 * the SDK (8.2.3) ends a connection whose write it does not take.
 */
const WRITES = 6;

export type TCPConstructor = typeof TCP;
export type TCPOptions = ConstructorParameters<TCPConstructor>[0];

interface Waiting {
	readonly octets: Uint8Array;
	readonly done: (() => void) | undefined;
	sent: number;
}

export interface SocketEvents {
	/** The socket is connected. */
	connected?: () => void;
	/** The socket has failed or was closed by the peer. */
	closed?: () => void;
}

type OwnedSocket = TCP & { target?: SocketTransport };

// One function for all sockets, since each closure takes eleven slots.
function onReadable(this: OwnedSocket, count: number): void {
	this.target?.readable(count);
}
function onWritable(this: OwnedSocket, count: number): void {
	this.target?.drained(count);
}
function onError(this: OwnedSocket): void {
	this.target?.failed();
}

const NO_EVENTS: SocketEvents = Object.freeze({});

/** An ECMA-419 TCP socket as the core sees it. It takes only so many octets at a time; what was written waits here. */
export class SocketTransport implements Transport {
	private readonly events: SocketEvents;
	private socket: TCP | undefined;
	private address = "";
	private port = 0;
	private link: Link | undefined;
	private waiting: Waiting[] | undefined;
	private free = 0;
	/** `free` while nothing is unacknowledged, and the writes since. */
	private room = 0;
	private writes = 0;
	private unread = 0;
	private reading = true;
	/** Set while reading: if a callback turns reading on, the outer loop continues. */
	private inRead = false;
	/**
	 * "leaving" drops what arrives and closes once everything has left, "lingering" once the peer has closed as well; both at the
	 * latest after a time limit.
	 */
	private state: "connecting" | "open" | "leaving" | "lingering" | "closed" = "connecting";
	declare private timer: Timer | undefined;

	constructor(events = NO_EVENTS) {
		this.events = events;
	}

	/**
	 * Creates the socket, unless this was closed before.
	 * @throws Error if the platform has no room for one
	 */
	open(io: TCPConstructor, options: TCPOptions, peer: PeerAddress): void {
		if (this.state !== "connecting" || this.socket) return;
		this.address = peer.address;
		this.port = peer.port;
		this.socket = new io({ ...options, format: "buffer", target: this, onReadable, onWritable, onError });
		// Not every platform's TCP has a `target` option.
		(this.socket as OwnedSocket).target = this;
	}

	get peer(): PeerAddress {
		const { address, port } = this;
		return { address, port };
	}

	/** The socket has `count` octets to read. */
	readable(count: number): void {
		this.unread = count;
		this.readAll();
	}

	/** The socket takes `count` octets. */
	drained(count: number): void {
		this.free = count;
		if (count >= this.room) {
			this.room = count;
			this.writes = 0;
		}
		if (this.state === "connecting") {
			this.state = "open";
			this.events.connected?.();
		}
		this.flush();
		if (this.writable) this.link?.pump();
	}

	/** The socket was closed by its peer, or has failed. */
	failed(): void {
		this.shut();
		this.events.closed?.();
	}

	get writable(): boolean {
		return this.takes && !this.waiting;
	}

	private get takes(): boolean {
		return this.free > 0 && this.writes < WRITES;
	}

	get pending(): number {
		let octets = 0;
		const waiting = this.waiting;
		if (waiting) for (let i = 0; i < waiting.length; i++) octets += waiting[i]!.octets.length - waiting[i]!.sent;
		return octets;
	}

	attach(link: Link): void {
		this.link = link;
	}

	write(octets: Uint8Array, done?: () => void): void {
		if (!this.lasts) return;
		this.waiting ??= [];
		this.waiting.push({ octets, done, sent: 0 });
		this.flush();
	}

	setReading(on: boolean): void {
		this.reading = on;
		if (on) this.readAll();
	}

	close(how: Closing): void {
		if (!this.lasts) return;
		if (how === "now" || (how === "answered" && !this.waiting)) return this.shut();
		this.state = how === "answered" ? "leaving" : "lingering";
		try {
			this.timer ??= Timer.set(() => this.shut(), CLOSING);
		} catch {
			// There is no memory for a timer.
			return this.shut();
		}
		this.readAll();
	}

	/** Whether neither side has closed it yet. */
	private get lasts(): boolean {
		return this.state === "connecting" || this.state === "open";
	}

	private shut(): void {
		if (this.state === "closed") return;
		this.state = "closed";
		if (this.timer) Timer.clear(this.timer);
		this.waiting = undefined;
		this.unread = this.free = 0;
		this.socket?.close();
		this.link?.gone();
	}

	private readAll(): void {
		if (this.inRead) return;
		this.inRead = true;
		try {
			while (this.unread && this.state !== "closed") {
				const wanted = Math.min(this.unread, READ);
				if (this.lasts && !(this.link && this.reading && this.link.canReceive(wanted))) {
					if (this.lasts) break;
					continue;
				}
				const open = this.lasts;
				// A connection that is ending, perhaps for lack of memory, drops what there is to read.
				const count = Math.min(wanted, open && !this.link!.connection.ending ? READ : DROP);
				this.unread -= count;
				const octets = this.socket?.read(count) as ArrayBuffer | undefined;
				if (octets && open) this.link?.received(new Uint8Array(octets));
			}
		} finally {
			this.inRead = false;
		}
	}

	/** Undefined if the platform reports, in one of several ways, that nothing can be written any more. */
	private writePart(octets: Uint8Array): number | undefined {
		try {
			return this.socket!.write(octets) as unknown as number | undefined;
		} catch {
			return undefined;
		}
	}

	/** The peer has ended the connection: what it sent before can still be read, then onError comes, except on the desktop. */
	private lose(): void {
		if (!this.lasts) return this.shut();
		this.free = 0;
		this.waiting = undefined;
		let quiet = 0;
		const watch = () => {
			quiet = this.unread ? 0 : quiet + 1;
			if (quiet === 2) this.failed();
		};
		try {
			this.timer ??= Timer.set(watch, LOST, LOST);
		} catch {
			// There is no memory for a timer.
			this.failed();
		}
	}

	private flush(): void {
		while (this.takes && this.waiting && this.state !== "closed") {
			const first = this.waiting[0]!;
			const end = Math.min(first.octets.length, first.sent + this.free);
			const part = first.octets.subarray(first.sent, end);
			const free = this.writePart(part);
			if (free === undefined) return this.lose();
			this.free = free;
			this.writes++;
			first.sent = end;
			if (end < first.octets.length) continue;
			this.waiting.shift();
			if (!this.waiting.length) this.waiting = undefined;
			first.done?.();
			if (this.state === "leaving" && !this.waiting) this.shut();
		}
	}
}
