import type { Socket } from "node:net";
import { performance } from "node:perf_hooks";
import type { Closing } from "../core/actions.js";
import type { Link, PeerAddress, Transport } from "../core/link.js";

/** How long a socket is kept, once its last octets have left, for the peer to end the connection too. Milliseconds. */
const CLOSING = 5_000;
/**
 * How long it stays open after that, with nobody waiting, for a peer that reads slowly. If such a peer sends, say, a KeepAlive to a
 * socket that is gone, the answer is a reset, and the peer loses what it has not read yet. Milliseconds.
 */
const LINGERING = 60_000;
/** The most sockets in the program that stay open like this; one more displaces the oldest. */
const MOST_LINGERING = 100;
const lingering = new Set<Socket>();
/** The most that wait for their peer to end the connection, likewise: sessions that are over count in no other limit. */
const MOST_CLOSING = 1_000;
const closing = new Set<Socket>();
/** For this many turns, of all sockets, after one that it has waited for, the program counts as idle lately. */
const WAITING = 64;
/** The program's total idle time at the last turn, in milliseconds. */
let idle = 0;
let waiting = 0;

/** Adds it; one more than `most` displaces the oldest. */
function keep(socket: Socket, among: Set<Socket>, most: number): void {
	if (among.add(socket).size <= most) return;
	const [oldest] = among;
	among.delete(oldest!);
	oldest!.destroy();
}

type LinkedSocket = Socket & { [LINK]?: Link };
const LINK = Symbol("link");

// One function for all sockets: closures for each event of each socket would add to the memory of an idle session.
function ignore(): void {
	// "close" follows, and the link reports what it means.
}
function received(this: LinkedSocket, chunk: Buffer): void {
	this[LINK]!.received(new Uint8Array(chunk.buffer, chunk.byteOffset, chunk.length));
}
function drained(this: LinkedSocket): void {
	this[LINK]!.pump();
}
function inputEnded(this: LinkedSocket): void {
	this[LINK]!.inputEnded();
}
function closed(this: LinkedSocket): void {
	this[LINK]!.gone();
}

/** A connected node:net socket as the core sees it. */
export class SocketTransport implements Transport {
	readonly #socket: LinkedSocket;
	#peer: PeerAddress | undefined;

	constructor(socket: Socket) {
		this.#socket = socket;
		socket.on("error", ignore);
	}

	/** Remembered, since a closed socket has lost it. */
	get peer(): PeerAddress {
		if (this.#peer) return this.#peer;
		const { remoteAddress, remotePort } = this.#socket;
		if (!remoteAddress) return { address: "", port: 0 };
		this.#peer = { address: remoteAddress, port: remotePort ?? 0 };
		return this.#peer;
	}

	/** Reports the socket's events to `link`. */
	attach(link: Link): void {
		this.#socket[LINK] = link;
		this.#socket.on("data", received).on("drain", drained).on("end", inputEnded).on("close", closed);
	}

	get writable(): boolean {
		return !this.#socket.writableNeedDrain;
	}

	get pending(): number {
		return this.#socket.writableLength;
	}

	write(octets: Uint8Array, done?: () => void): void {
		if (done) this.#socket.write(octets, (error) => error ?? done());
		else this.#socket.write(octets);
	}

	setReading(on: boolean): void {
		if (on === this.#socket.isPaused()) on ? this.#socket.resume() : this.#socket.pause();
	}

	close(how: Closing, timeout: number): void {
		const socket = this.#socket;
		if (how === "now") {
			// What was written before still leaves.
			socket.uncork();
			return void socket.destroy();
		}
		const destroy = () => socket.destroy();
		let timer = setTimeout(destroy, timeout).unref();
		const linger = () => {
			socket[LINK]?.gone();
			socket.unref?.();
			closing.delete(socket);
			keep(socket, lingering, MOST_LINGERING);
			timer = setTimeout(destroy, LINGERING).unref();
		};
		// What was written has its time to leave, but a peer that reads nothing must not hold more and more sockets by ending its sessions.
		if (how !== "asked") keep(socket, closing, MOST_CLOSING);
		socket.end(() => {
			clearTimeout(timer);
			if (socket.destroyed) return;
			keep(socket, closing, MOST_CLOSING);
			timer = setTimeout(how === "answered" ? destroy : linger, CLOSING).unref();
		});
		socket.resume();
		socket.once("close", () => {
			clearTimeout(timer);
			closing.delete(socket);
			lingering.delete(socket);
		});
	}

	cork(): void {
		this.#socket.cork();
	}

	uncork(): void {
		this.#socket.uncork();
	}

	waited(): boolean {
		const { idleTime } = performance.nodeTiming;
		if (idleTime > idle) waiting = WAITING;
		else if (waiting) waiting--;
		idle = idleTime;
		return waiting > 0;
	}
}
