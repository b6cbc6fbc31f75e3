import * as net from "node:net";
import { setTimeout as sleep } from "node:timers/promises";
import type { Contender, Peer } from "./contenders.js";
import { ACKNOWLEDGED, type Kind, type Served, serve, serveApart } from "./echo.js";
import { memory } from "./memory.js";

/** Duration of a measurement, and of the warm-up in which the code of both ends is compiled. Milliseconds. */
const MEASURE = 400;
const WARM = 1000;
/** Messages in flight. */
const WINDOW = 64;
const SIZES = [20, 1024, 16_384, 65_535] as const;

export type Measure = (contender: Contender) => Promise<number>;
type Serve = (contender: Contender, kind: Kind) => Promise<Served>;

const count = (value: number) => value.toLocaleString("en");
const echoOnce = (peer: Peer, message: Uint8Array) =>
	new Promise<void>((resolve) => {
		peer.onMessage = () => resolve();
		peer.send(message);
	});

/** Connections per second, eight at a time, with one echo each; the message is sent at once, or when the connection is ready. */
const connections =
	(serve: Serve, when: "at once" | "when ready"): Measure =>
	async (contender) => {
		const { port, stop } = await serve(contender, "echo");
		const message = new Uint8Array(20);
		const perSecond = async (duration: number) => {
			let made = 0;
			const begin = performance.now();
			const line = async () => {
				while (performance.now() - begin < duration) {
					const peer = contender.connect(port);
					if (when === "when ready") await peer.ready;
					await echoOnce(peer, message);
					made++;
					peer.close();
				}
			};
			await Promise.all(Array.from({ length: 8 }, line));
			return (made * 1000) / (performance.now() - begin);
		};
		await perSecond(WARM);
		const measured = await perSecond(MEASURE);
		await stop();
		return measured;
	};

/** Milliseconds from connecting to the answer to the first message, which is sent at once, one connection after the other. */
const firstMessage: Measure = async (contender) => {
	const { port, stop } = await serve(contender, "echo");
	let made = 0;
	const begin = performance.now();
	let took = 0;
	for (; took < MEASURE; made++) {
		const peer = contender.connect(port);
		await echoOnce(peer, new Uint8Array(20));
		peer.close();
		took = performance.now() - begin;
	}
	await stop();
	return took / made;
};

/** Messages in a second, each echoed, or acknowledged eight at a time. */
const messages =
	(serve: Serve, kind: Kind, length: number): Measure =>
	async (contender) => {
		const { port, stop } = await serve(contender, kind);
		const peer = contender.connect(port);
		await peer.ready;
		const message = new Uint8Array(length).fill(7);
		const each = kind === "echo" ? 1 : ACKNOWLEDGED;
		const perSecond = async (duration: number) => {
			let arrived = 0;
			const begin = performance.now();
			await new Promise<void>((resolve) => {
				let under = WINDOW;
				peer.onMessage = () => {
					arrived += each;
					if (performance.now() - begin < duration) for (let i = 0; i < each; i++) peer.send(message);
					else if ((under -= each) === 0) resolve();
				};
				for (let i = 0; i < WINDOW; i++) peer.send(message);
			});
			return (arrived * 1000) / (performance.now() - begin);
		};
		await perSecond(WARM);
		const measured = await perSecond(MEASURE);
		peer.close();
		await stop();
		return measured;
	};

/** Octets that both sides write, counted between them: for a connection, and for each message after that. */
async function octets(contender: Contender, messages: number): Promise<number> {
	let written = 0;
	const { port, stop } = await serve(contender, "sink");
	const sockets: net.Socket[] = [];
	const between = net.createServer((near) => {
		const far = net.connect({ port, host: "127.0.0.1" });
		for (const [from, to] of [
			[near, far],
			[far, near],
		] as const) {
			sockets.push(from.on("error", () => {}));
			from.on("data", (chunk: Buffer) => {
				written += chunk.length;
				to.write(chunk);
			});
		}
	});
	await new Promise<void>((resolve) => between.listen(0, "127.0.0.1", resolve));
	const peer = contender.connect((between.address() as net.AddressInfo).port);
	await peer.ready;
	await sleep(100);
	const handshake = written;
	// One at a time, so that each travels alone.
	for (let i = 0; i < messages; i++) {
		peer.send(new Uint8Array(20));
		await sleep(20);
	}
	const all = written;
	peer.close();
	for (const socket of sockets) socket.destroy();
	between.close();
	await stop();
	return messages ? (all - handshake) / messages - 20 : handshake;
}

const PLACES = [
	["both ends in one process", serve],
	["two processes", serveApart],
] as const;

const overPlaces = (name: string, make: (serve: Serve) => Measure): [string, Measure][] =>
	PLACES.map(([place, serve]) => [`${name}, ${place}`, make(serve)]);

/** All that is measured, by name. */
export const measures: Readonly<Record<string, Measure>> = Object.fromEntries([
	...overPlaces("connections with one echo, per second", (serve) => connections(serve, "at once")),
	...overPlaces("the same, sent when connected", (serve) => connections(serve, "when ready")),
	["ms from connecting to the first answer", firstMessage],
	...SIZES.flatMap((size) => [
		...overPlaces(`echoes of ${count(size)} octets, per second`, (serve) => messages(serve, "echo", size)),
		...overPlaces(`messages of ${count(size)} octets one way, per second`, (serve) => messages(serve, "sink", size)),
	]),
	["octets on the wire for a connection", (contender) => octets(contender, 0)],
	["octets on the wire beside a message's own", (contender) => octets(contender, ACKNOWLEDGED - 1)],
	["resident octets of an idle session, both ends", memory],
]);
