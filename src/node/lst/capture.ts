import { openSync, writeSync } from "node:fs";
import * as net from "node:net";
import { toHex } from "../../core/octets.js";
import { UsageError } from "./exit.js";

/**
 * Copies of `net.connect` and `net.createServer` whose sockets write what travels, still sealed, as lines of hex: `>`
 * from the client, `<` from the server. The first connection goes to `file`, the second to `file.2`, and so on.
 */
export function capturing(file: string): Pick<typeof net, "connect" | "createServer"> {
	let connections = 0;
	const tap = (socket: net.Socket, sent: ">" | "<", received: ">" | "<") => {
		const fd = create(++connections === 1 ? file : `${file}.${connections}`);
		const record = (direction: string, octets: Uint8Array) => writeSync(fd, `${direction} ${toHex(octets)}\n`);
		socket.on("data", (chunk: Buffer) => record(received, chunk));
		const write = socket.write.bind(socket) as (octets: Uint8Array, done?: () => void) => boolean;
		socket.write = ((octets: Uint8Array, done?: () => void) => {
			record(sent, octets);
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

function create(file: string): number {
	try {
		return openSync(file, "w", 0o600);
	} catch (error) {
		throw new UsageError(`cannot write the capture: ${(error as Error).message}`);
	}
}
