// Octets of resident memory for an idle session, both ends together, in a process that has done nothing else.
import { fork } from "node:child_process";
import { setTimeout as sleep } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import { type Contender, contenders, type Peer } from "./contenders.js";
import { serve } from "./echo.js";

/** Sessions that exist before the measurement, so that code and pools are not counted. */
const WARM = 200;
/** Many, so that what the engine reserves for all of them weighs little. */
const COUNT = 4_000;

export function memory(contender: Contender): Promise<number> {
	const child = fork(fileURLToPath(import.meta.url), [String(contenders.indexOf(contender))], {
		execArgv: ["--expose-gc"],
	});
	return new Promise((resolve) => child.once("message", (octets) => resolve(octets as number)));
}

async function measure(contender: Contender): Promise<number> {
	const { port } = await serve(contender, "echo");
	const peers: Peer[] = [];
	const open = async (count: number) => {
		while (peers.length < count) {
			const peer = contender.connect(port);
			await new Promise<void>((resolve) => {
				peer.onMessage = () => resolve();
				peer.send(new Uint8Array(20));
			});
			peers.push(peer);
		}
		for (let i = 0; i < 3; i++) {
			globalThis.gc!();
			await sleep(100);
		}
		return process.memoryUsage().rss;
	};
	const before = await open(WARM);
	return ((await open(WARM + COUNT)) - before) / COUNT;
}

const [, script, index] = process.argv;
if (script === fileURLToPath(import.meta.url)) {
	process.send!(await measure(contenders[Number(index)]!));
	process.exit(0);
}
