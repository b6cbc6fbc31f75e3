// npm run bench: this project and what a user would pick instead, both ends in this process, over loopback, in one run. Medians of
// rounds in which all take their turns, and how far the rounds lie apart.
import { setTimeout as sleep } from "node:timers/promises";
import { type Contender, contenders, type Peer } from "./contenders.js";

const ROUNDS = 5;
const MEASURE = 800;
const json = process.argv.includes("--json");

type Measure = (contender: Contender) => Promise<number>;

/** Connections that each have one echo, one after the other in eight lines, in a second. */
const connections: Measure = async ({ serve, connect }) => {
	const { port, stop } = await serve(true, () => {});
	const message = new Uint8Array(20);
	let count = 0;
	const begin = performance.now();
	const line = async () => {
		while (performance.now() - begin < MEASURE) {
			const peer = await connect(port);
			await new Promise<void>((resolve) => {
				peer.onMessage = () => resolve();
				peer.send(message);
			});
			count++;
			void peer.close();
		}
	};
	await Promise.all(Array.from({ length: 8 }, line));
	const took = performance.now() - begin;
	await stop();
	return (count * 1000) / took;
};

/** Echoes in a second, 64 of them under way. */
const echoes =
	(length: number): Measure =>
	async ({ serve, connect }) => {
		const { port, stop } = await serve(true, () => {});
		const peer = await connect(port);
		const message = new Uint8Array(length).fill(7);
		let count = 0;
		const begin = performance.now();
		await new Promise<void>((resolve) => {
			let under = 64;
			peer.onMessage = () => {
				count++;
				if (performance.now() - begin < MEASURE) peer.send(message);
				else if (--under === 0) resolve();
			};
			for (let i = 0; i < 64; i++) peer.send(message);
		});
		const took = performance.now() - begin;
		await peer.close();
		await stop();
		return (count * 1000) / took;
	};

/** MB/s one way, in messages of 65,535 octets, sixteen under way. */
const throughput: Measure = async ({ serve, connect }) => {
	let received = 0;
	let peer: Peer | undefined;
	const message = new Uint8Array(65_535).fill(7);
	const begin = performance.now();
	let over!: () => void;
	const done = new Promise<void>((resolve) => {
		over = resolve;
	});
	const { port, stop } = await serve(false, () => {
		received++;
		if (performance.now() - begin < MEASURE) peer!.send(message);
		else over();
	});
	peer = await connect(port);
	for (let i = 0; i < 16; i++) peer.send(message);
	await done;
	const took = performance.now() - begin;
	await stop();
	return (received * 65_535) / took / 1000;
};

/** Octets of resident memory for an idle session, both ends together. */
const memory: Measure = async ({ serve, connect }) => {
	const COUNT = 500;
	const { port, stop } = await serve(false, () => {});
	const peers: Peer[] = [];
	const held = async () => {
		globalThis.gc?.();
		await sleep(20);
		return process.memoryUsage().rss;
	};
	const before = await held();
	for (let i = 0; i < COUNT; i++) peers.push(await connect(port));
	const after = await held();
	await Promise.all(peers.map((peer) => peer.close()));
	await stop();
	return (after - before) / COUNT;
};

const measures: Record<string, Measure> = {
	"connections with an echo, per second": connections,
	"echoes of 20 octets, per second": echoes(20),
	"echoes of 1 KiB, per second": echoes(1024),
	"MB/s one way, messages of 65,535 octets": throughput,
	"resident octets per idle session, both ends": memory,
};

const median = (values: readonly number[]) => [...values].sort((a, b) => a - b)[values.length >> 1]!;
const results: Record<string, Record<string, { median: number; spread: number }>> = {};
for (const [name, measure] of Object.entries(measures)) {
	const values = new Map<string, number[]>(contenders.map((contender) => [contender.name, []]));
	for (let round = 0; round < ROUNDS; round++)
		for (const contender of contenders) values.get(contender.name)!.push(await measure(contender));
	results[name] = Object.fromEntries(
		[...values].map(([contender, all]) => {
			const middle = median(all);
			return [contender, { median: middle, spread: (Math.max(...all) - Math.min(...all)) / middle }];
		}),
	);
}
if (json) console.log(JSON.stringify({ node: process.version, results }, null, "\t"));
else
	for (const [name, all] of Object.entries(results)) {
		console.log(`\n${name}`);
		const [own] = Object.values(all);
		for (const [contender, { median, spread }] of Object.entries(all)) {
			const ratio = `${(own!.median / median).toFixed(2)} ×`;
			console.log(
				`  ${contender.padEnd(42)}${Math.round(median).toLocaleString("en").padStart(12)}  ± ${Math.round(spread * 50)} %${ratio.padStart(12)}`,
			);
		}
	}
process.exit(0);
