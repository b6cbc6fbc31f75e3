import assert from "node:assert/strict";
import { type ChildProcess, spawn, spawnSync } from "node:child_process";
import { createInterface } from "node:readline";
import { setTimeout as sleep } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import { toHex } from "../../src/core/octets.js";
import { Key } from "../../src/node/index.js";

const program = fileURLToPath(new URL("peer.js", import.meta.url));
const [SERVER, CLIENT] = ["10.213.0.1", "10.213.0.2"];
const PORT = "7000";

const ip = (...args: string[]) => spawnSync("ip", args, { encoding: "utf8" });

/** Two hosts on one machine, and the link between them. */
class Hosts {
	readonly #names = ["server", "client"].map((name) => `lst-${name}-${process.pid}`) as [string, string];

	/** Creates them; returns why that is not possible, or undefined. */
	make(): string | undefined {
		for (const args of [
			...this.#names.map((name) => ["netns", "add", name]),
			["link", "add", "lst0", "netns", this.#names[0], "type", "veth", "peer", "name", "lst1", "netns", this.#names[1]],
			["-n", this.#names[0], "addr", "add", `${SERVER}/24`, "dev", "lst0"],
			["-n", this.#names[1], "addr", "add", `${CLIENT}/24`, "dev", "lst1"],
			["-n", this.#names[0], "link", "set", "lst0", "up"],
			["-n", this.#names[1], "link", "set", "lst1", "up"],
		]) {
			const { status, stderr, error } = ip(...args);
			if (status !== 0) return error?.message ?? stderr.trim();
		}
		return this.#filter(0);
	}

	/** How many packets of a hundred are lost, at random, in each direction. */
	loss(percent: number): void {
		assert.equal(this.#filter(percent), undefined);
	}

	#filter(percent: number): string | undefined {
		const rules = [
			"flush ruleset",
			"add table inet lst",
			"add chain inet lst arriving { type filter hook input priority 0; }",
			`add rule inet lst arriving ${percent < 100 ? `numgen random mod 100 < ${percent} ` : ""}drop`,
		];
		const script = rules.slice(0, percent ? 4 : 1).join("\n");
		for (const name of this.#names) {
			const command = ["netns", "exec", name, "nft", "-f", "-"];
			const { status, stderr } = spawnSync("ip", command, { encoding: "utf8", input: script });
			if (status !== 0) return stderr.trim();
		}
		return undefined;
	}

	/** Has netem delay packets, duplicate them and so on; returns why that is not possible, or undefined. */
	shape(...netem: string[]): string | undefined {
		for (const [i, name] of this.#names.entries()) {
			const tc = ["netns", "exec", name, "tc", "qdisc", "replace", "dev", `lst${i}`, "root", "netem", ...netem];
			const { status, stderr } = ip(...tc);
			if (status !== 0) return stderr.trim();
		}
		return undefined;
	}

	run(side: 0 | 1, env: NodeJS.ProcessEnv, ...args: string[]): ChildProcess {
		const command = ["netns", "exec", this.#names[side], process.execPath, program, ...args];
		return spawn("ip", command, { env, stdio: ["ignore", "pipe", "inherit"] });
	}

	remove(): void {
		for (const name of this.#names) ip("netns", "del", name);
	}
}

interface Told {
	listening?: number;
	connected?: number | true;
	echoed?: true;
	ended?: string;
}

/** The events that a program has reported so far. */
class Listener {
	readonly told: Told[] = [];
	#heard: (() => void) | undefined;

	constructor(program: ChildProcess) {
		createInterface({ input: program.stdout! }).on("line", (line) => {
			this.told.push(JSON.parse(line) as Told);
			this.#heard?.();
		});
	}

	async until(condition: (told: Told[]) => boolean, patience: number): Promise<void> {
		let late = false;
		const timer = setTimeout(() => {
			late = true;
			this.#heard?.();
		}, patience);
		while (!condition(this.told) && !late)
			await new Promise<void>((resolve) => {
				this.#heard = resolve;
			});
		clearTimeout(timer);
	}
}

describe("bad networks, between network namespaces (skipped where these are not permitted)", function () {
	this.timeout(120_000);
	const hosts = new Hosts();
	const env = { ...process.env, LST_KEY: toHex(Key.randomOctets()) };
	const programs: ChildProcess[] = [];

	function run(side: 0 | 1, ...args: string[]): Listener {
		const child = hosts.run(side, env, ...args);
		programs.push(child);
		return new Listener(child);
	}

	async function serve(): Promise<Listener> {
		const server = run(0, "server", SERVER, PORT);
		await server.until((told) => told.some(({ listening }) => listening), 10_000);
		return server;
	}

	before(function () {
		const missing = process.platform === "linux" ? hosts.make() : "not Linux";
		if (!missing) return;
		console.log(`      skipped: ${missing}`);
		this.skip();
	});
	afterEach(() => {
		for (const one of programs.splice(0)) one.kill("SIGKILL");
	});
	after(() => hosts.remove());

	it("at 30 % loss, 170 of 200 clients are in session within 10 s, and all within 60 s", async () => {
		await serve();
		hosts.loss(30);
		const clients = run(1, "many", SERVER, PORT, "200");
		await clients.until((told) => told.length === 200, 70_000);
		const times = clients.told.map(({ connected }) => Number(connected)).sort((a, b) => a - b);
		const soon = times.filter((time) => time <= 10_000).length;
		console.log(`      ${soon} of 200 within 10 s, ${times.length} within ${Math.ceil((times.at(-1) ?? 0) / 1000)} s`);
		assert.ok(soon >= 170, `${soon} within 10 s`);
		assert.equal(times.length, 200);
		assert.ok(times.at(-1)! <= 60_000);
	});

	it("a session survives an outage of 10 s, and ends on both sides within 16 s of a permanent one", async () => {
		hosts.loss(0);
		const server = await serve();
		const client = run(1, "hold", SERVER, PORT);
		await client.until((told) => told.some(({ echoed }) => echoed), 10_000);
		hosts.loss(100);
		await sleep(10_000);
		const before = client.told.length;
		hosts.loss(0);
		await client.until((told) => told.slice(before).some(({ echoed }) => echoed), 10_000);
		assert.ok(client.told.length > before && !client.told.some(({ ended }) => ended), "the session goes on");
		assert.ok(!server.told.some(({ ended }) => ended));
		hosts.loss(100);
		const over = (told: Told[]) => told.some(({ ended }) => ended);
		await Promise.all([client.until(over, 16_000), server.until(over, 16_000)]);
		assert.deepEqual(client.told.at(-1), { ended: "idle-too-long" });
		assert.ok(over(server.told));
	});

	it("a session survives reordered, duplicated and delayed packets at a low data rate", async function () {
		hosts.loss(0);
		const missing = hosts.shape("delay", "30ms", "20ms", "reorder", "25%", "duplicate", "10%", "rate", "256kbit");
		if (missing) {
			console.log(`      skipped: this kernel has no netem: ${missing}`);
			this.skip();
		}
		await serve();
		const client = run(1, "hold", SERVER, PORT);
		await client.until((told) => told.filter(({ echoed }) => echoed).length >= 5, 20_000);
		assert.ok(client.told.filter(({ echoed }) => echoed).length >= 5);
		assert.ok(!client.told.some(({ ended }) => ended));
	});
});
