import type { Socket } from "node:net";
import type { Link, PeerAddress, Transport } from "../core/link.js";

/** How long a socket whose last octets do not leave, or whose peer does not end its side, is kept. Milliseconds. */
const CLOSING = 5_000;

/** A connected node:net socket as the core sees it. */
export class SocketTransport implements Transport {
	readonly #socket: Socket;
	#peer: PeerAddress | undefined;

	constructor(socket: Socket) {
		this.#socket = socket;
		socket.on("error", () => {}); // "close" follows, and the link tells what it means
	}

	/** Kept, since a socket that is closed has forgotten it. */
	get peer(): PeerAddress {
		const { remoteAddress, remotePort } = this.#socket;
		if (remoteAddress) this.#peer ??= { address: remoteAddress, port: remotePort ?? 0 };
		return this.#peer ?? { address: "", port: 0 };
	}

	/** Has the link hear of what happens on the socket. */
	attach(link: Link): void {
		this.#socket
			.on("data", (chunk: Buffer) => link.received(new Uint8Array(chunk.buffer, chunk.byteOffset, chunk.length)))
			.on("drain", () => link.pump())
			.on("end", () => link.inputEnded())
			.on("close", () => link.gone());
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

	close(flush: boolean): void {
		if (!flush) return void this.#socket.destroy();
		this.#socket.end();
		this.#socket.resume();
		const timer = setTimeout(() => this.#socket.destroy(), CLOSING).unref();
		this.#socket.once("close", () => clearTimeout(timer));
	}

	cork(): void {
		this.#socket.cork();
	}

	uncork(): void {
		this.#socket.uncork();
	}
}
