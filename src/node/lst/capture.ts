import { closeSync, openSync, writeSync } from "node:fs";
import * as net from "node:net";
import { toHex } from "../../core/octets.js";
import { say } from "./say.js";

/** The most connections that are captured, so that strangers cannot fill the disk. */
const MOST = 100;

/**
 * `net.connect` and `net.createServer` with sockets that record the traffic, still sealed, as lines of hex: `>` from the
 * client, `<` from the server. The first connection goes to `file`, the second to `file.2`, and so on.
 */
export function capturing(file: string): Pick<typeof net, "connect" | "createServer"> {
	// Opened before anything is connected, so that failing to is reported first.
	const first = openSync(file, "w", 0o600);
	let connections = 0;
	const tap = (socket: net.Socket, sent: ">" | "<", received: ">" | "<") => {
		const capture = ++connections === 1 ? new Capture(first) : Capture.of(`${file}.${connections}`, connections);
		socket.on("data", (chunk: Buffer) => capture.record(received, chunk));
		socket.once("close", () => capture.close());
		const write = socket.write.bind(socket) as (octets: Uint8Array, done?: () => void) => boolean;
		socket.write = ((octets: Uint8Array, done?: () => void) => {
			capture.record(sent, octets);
			return write(octets, done);
		}) as typeof socket.write;
		return socket;
	};
	return {
		connect: ((options: net.NetConnectOpts) => tap(net.connect(options), ">", "<")) as typeof net.connect,
		createServer: ((options: net.ServerOpts, listener: (socket: net.Socket) => void) =>
			net.createServer(options, (socket) => listener(tap(socket, "<", ">")))) as typeof net.createServer,
	};
}

/** One connection's file. A write error is reported, and the connection continues. */
class Capture {
	#fd: number | undefined;

	constructor(fd?: number) {
		this.#fd = fd;
	}

	static of(file: string, number: number): Capture {
		const capture = new Capture();
		if (number <= MOST)
			capture.#attempt(() => {
				capture.#fd = openSync(file, "w", 0o600);
			});
		else if (number === MOST + 1) say(`only the first ${MOST} connections are captured`);
		return capture;
	}

	record(direction: ">" | "<", octets: Uint8Array): void {
		const fd = this.#fd;
		if (fd !== undefined) this.#attempt(() => writeSync(fd, `${direction} ${toHex(octets)}\n`));
	}

	close(): void {
		const fd = this.#fd;
		this.#fd = undefined;
		if (fd !== undefined) this.#attempt(() => closeSync(fd));
	}

	#attempt(action: () => void): void {
		try {
			action();
		} catch (error) {
			this.#fd = undefined;
			say(`the capture cannot be written: ${(error as Error).message}`);
		}
	}
}
