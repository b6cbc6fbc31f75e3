// Servers that the benchmark talks to, in its own process or in one of their own.
import { fork } from "node:child_process";
import { fileURLToPath } from "node:url";
import { type Contender, contenders, type Peer } from "./contenders.js";

/** In the one-way stream, one acknowledgement per this many messages. */
export const ACKNOWLEDGED = 8;

export type Kind = "echo" | "sink";

function answer(kind: Kind, peer: Peer): void {
	let received = 0;
	const acknowledgement = new Uint8Array(1);
	peer.onMessage = (message) => {
		if (kind === "echo") peer.send(message);
		else if (++received % ACKNOWLEDGED === 0) peer.send(acknowledgement);
	};
}

export interface Served {
	readonly port: number;
	stop(): Promise<void>;
}

export const serve = (contender: Contender, kind: Kind): Promise<Served> =>
	contender.serve((peer) => answer(kind, peer));

/** The same in a process of its own. */
export function serveApart(contender: Contender, kind: Kind): Promise<Served> {
	const child = fork(fileURLToPath(import.meta.url), [String(contenders.indexOf(contender)), kind]);
	const ended = new Promise<void>((resolve) => child.once("exit", () => resolve()));
	const stop = () => {
		child.kill();
		return ended;
	};
	return new Promise((resolve) => child.once("message", (port) => resolve({ port: port as number, stop })));
}

const [, script, index, kind] = process.argv;
if (script === fileURLToPath(import.meta.url)) {
	const { port } = await serve(contenders[Number(index)]!, kind as Kind);
	process.send!(port);
}
