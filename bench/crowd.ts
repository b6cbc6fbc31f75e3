// Many clients of one server, in a process of their own, for `soak` and `scale`, which measure the server.
import * as net from "node:net";
import { setTimeout as sleep } from "node:timers/promises";
import { Key, LightweightSecureClient, type Session } from "../src/node/index.js";

export type CrowdEvent = { connected: number } | { slowest: number; answers: number } | { left: true };

const [task, port, count, seconds] = process.argv.slice(2) as [string, string, string, string];
const key = Key.fromHex(process.env.LST_KEY!);
const host = "127.0.0.1";
const tell = (event: CrowdEvent) => process.send?.(event);
const random = (below: number) => Math.floor(Math.random() * below);
const newClient = () => new LightweightSecureClient({ key, host, port: Number(port) });

async function echo(session: Session, length: number): Promise<void> {
	session.send(new Uint8Array(length));
	for await (const _ of session) return;
}

/** One client after another: most talk and close cleanly, some vanish, stop reading, or never send anything. */
async function visit(until: number): Promise<void> {
	while (performance.now() < until) {
		if (random(5) === 0) {
			const socket = net.connect(Number(port), host).on("error", () => {});
			socket.write(Buffer.alloc(random(100), random(8)));
			await sleep(random(200));
			socket.destroy();
			continue;
		}
		try {
			const session = await newClient().connect();
			for (let i = random(20); i > 0; i--) await echo(session, random(2000));
			if (random(4) === 0) for (let i = 0; i < 20; i++) session.send(new Uint8Array(1000));
			await sleep(random(100));
			if (random(3)) await session.close();
			else session.abort();
		} catch {
			// The server is full, or has finished.
		}
	}
}

async function soak(): Promise<void> {
	const until = performance.now() + Number(seconds) * 1000;
	await Promise.all(Array.from({ length: Number(count) }, () => visit(until)));
	tell({ left: true });
}

/** All at once, each with an echo a second. */
async function scale(): Promise<void> {
	const sessions: Session[] = [];
	let wanted = Number(count);
	const join = async () => {
		while (wanted-- > 0) sessions.push(await newClient().connect());
	};
	await Promise.all(Array.from({ length: 50 }, join));
	tell({ connected: sessions.length });
	let slowest = 0;
	let answers = 0;
	const until = performance.now() + Number(seconds) * 1000;
	const talk = async (session: Session) => {
		await sleep(random(1000));
		while (performance.now() < until) {
			const begin = performance.now();
			await echo(session, 64);
			slowest = Math.max(slowest, performance.now() - begin);
			answers++;
			await sleep(Math.max(0, 1000 - (performance.now() - begin)));
		}
	};
	await Promise.all(sessions.map(talk));
	tell({ slowest, answers });
	await Promise.all(sessions.map((session) => session.close()));
	tell({ left: true });
}

await (task === "soak" ? soak() : scale());
process.exit(0);
