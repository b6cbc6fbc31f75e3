// A server that is measured while a crowd of clients comes and goes, and what is left of them afterwards.
import { fork } from "node:child_process";
import { readdirSync } from "node:fs";
import { setTimeout as sleep } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import { toHex } from "../src/core/octets.js";
import { Key, LightweightSecureServer, type ServerOptions } from "../src/node/index.js";
import type { CrowdEvent } from "./crowd.js";

const crowd = fileURLToPath(new URL("crowd.js", import.meta.url));
/** Closed sockets are kept for up to 5 s, and handshakes for 10 s. */
const QUIET = 11_000;

export interface Figures {
	/** Octets. */
	readonly heap: number;
	readonly resident: number;
	readonly descriptors: number;
	readonly timers: number;
}

export async function measure(): Promise<Figures> {
	for (let i = 0; i < 3; i++) {
		globalThis.gc?.();
		await sleep(50);
	}
	const { heapUsed, rss } = process.memoryUsage();
	return {
		heap: heapUsed,
		resident: rss,
		descriptors: readdirSync("/proc/self/fd").length,
		timers: process.getActiveResourcesInfo().filter((name) => name === "Timeout").length,
	};
}

/** A server that echoes, and `run`, which sends a crowd to it. */
export async function start(options: Partial<ServerOptions<"buffer">> = {}) {
	const octets = Key.randomOctets();
	const server = new LightweightSecureServer({
		key: new Key(octets),
		host: "127.0.0.1",
		maxPendingPerAddress: 1_000,
		onHandshakeSuccess(session) {
			session.onMessageReceived = (message) => {
				try {
					session.send(message);
				} catch {
					session.abort();
				}
			};
		},
		...options,
	});
	const { port } = await server.start();
	const run = (task: string, count: number, seconds: number, onEvent: (event: CrowdEvent) => void = () => {}) =>
		new Promise<void>((resolve, reject) => {
			const env = { ...process.env, LST_KEY: toHex(octets) };
			const child = fork(crowd, [task, String(port), String(count), String(seconds)], { env });
			child.on("message", onEvent).once("error", reject);
			child.once("exit", (code) => (code === 0 ? resolve() : reject(new Error(`the crowd ended with ${code}`))));
		});
	return { server, run };
}

export const quiet = () => sleep(QUIET);
