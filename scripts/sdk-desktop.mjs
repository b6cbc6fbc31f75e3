// Boards' firmware on the desktop, with a peer on Node.js.
import { spawn } from "node:child_process";
import { createSocket } from "node:dgram";
import { mkdtempSync, rmSync } from "node:fs";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { withSecrets } from "./sdk-firmware.mjs";
import { buildHost, find, mcconfig } from "./sdk-tools.mjs";

/** Builds a board's firmware for the desktop; `work` has it as a running process, undefined if that failed. */
async function withDevice(board, settings, work) {
	const built = withSecrets(board, () => mcconfig(`boards/${board}`, "lin", "build", settings));
	if (!built) return work(undefined);
	// Its working directory holds what is NVS on a device: empty.
	const cwd = mkdtempSync(join(tmpdir(), "lst-firmware-"));
	const device = spawn(buildHost(), [find(built, "mc.so")], { cwd, stdio: ["ignore", "pipe", "inherit"] });
	const ended = new Promise((resolve) => device.once("close", resolve));
	try {
		return await work(device, ended);
	} finally {
		device.kill("SIGKILL");
		await ended;
		rmSync(cwd, { recursive: true });
	}
}

/** A board's firmware, with the stack that its manifest has, on the desktop as a client of a server on Node.js. */
export async function firmwareTalks(board, suite) {
	const { Key, LightweightSecureServer } = await import("../build/src/node/index.js");
	const octets = Key.randomOctets();
	const server = new LightweightSecureServer({
		key: new Key(octets),
		host: "127.0.0.1",
		format: "string",
		onHandshakeSuccess(session) {
			session.onMessageReceived = (message) => session.send(`ok ${message.split(" ")[0]}`);
		},
	});
	const { port } = await server.start();
	const settings = [
		"role=client",
		"host=127.0.0.1",
		`port=${port}`,
		`key=${Buffer.from(octets).toString("hex")}`,
		"interval=50",
	];
	let traced = "";
	await withDevice(board, settings, async (device, ended) => {
		device?.stdout.on("data", (chunk) => {
			traced += chunk;
			if (traced.includes("received ok 3")) device.kill();
		});
		await Promise.race([ended, sleep(10_000, undefined, { ref: false })]);
	});
	await server.close();
	const ok = traced.includes("received ok 3") && traced.includes(`, suite ${suite}\n`);
	return {
		ok,
		line: `boards/${board}: its firmware as a client of suite ${suite}, with its stack, on the desktop${ok ? "" : `\n${traced}`}`,
	};
}

/** Multicast DNS packets with which the SDK's DNSSD (8.2.3) never returns, or ends XS (`src/firmware/dns.ts`). */
const HOSTILE = {
	"a name that points to itself": "000000000001000000000000c00c00ff0001",
	"a question of the root": "0000000000010000000000000000ff0001",
	"a name that is cut off": "00000000000100000000000005616263",
	"counts that are too high": "00000000ffffffffffffffff0000",
	"a single octet": "00",
};

/** A server's firmware that is announced, which hostile packets reach, still accepts a client after each. */
export async function firmwareSurvives(board) {
	const { Key, LightweightSecureClient } = await import("../build/src/node/index.js");
	const octets = Key.randomOctets();
	const taken = createServer().listen(0);
	const { port } = taken.address();
	await new Promise((resolve) => taken.close(resolve));
	const settings = ["role=server", `port=${port}`, "name=kitchen", `key=${Buffer.from(octets).toString("hex")}`];
	const sender = createSocket("udp4");
	const line = `boards/${board}: its firmware as a server goes on behind`;
	try {
		return await withDevice(board, settings, async (device, ended) => {
			if (!device) return { ok: false, line };
			const connects = async () => {
				const client = new LightweightSecureClient({ key: new Key(octets), host: "127.0.0.1", port, suites: ["psk"] });
				await client.connect({ signal: AbortSignal.timeout(3_000) });
				await client.close();
			};
			const announced = new Promise((resolve) => {
				device.stdout.on("data", (chunk) => /announced/.test(chunk) && resolve());
			});
			await Promise.race([announced, ended]);
			for (const [what, packet] of Object.entries(HOSTILE)) {
				await new Promise((resolve) => sender.send(Buffer.from(packet, "hex"), 5353, "127.0.0.1", resolve));
				await sleep(200);
				try {
					await connects();
				} catch (error) {
					return { ok: false, line: `${line} ${what}: ${error.message}` };
				}
			}
			return { ok: true, line: `${line} hostile multicast DNS packets` };
		});
	} finally {
		sender.close();
	}
}
