// The memory of a server of two sessions, on the desktop.
import { spawn } from "node:child_process";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { buildHost, find, mcconfig, root } from "./sdk-tools.mjs";

/** What XS has on an ESP8266 for slots, chunks and stack together, and a slot there, in octets. */
const ESP8266_MEMORY = 32_768;
const ESP8266_SLOT = 16;

/**
 * Has two clients echo 1 KiB messages with a server of two sessions in memory of a fixed size, an ESP8266's, after
 * a message for which there is no room. Answers whether that went well, the line that tells it, and the figures in it.
 */
export async function serverMemory() {
	const { creation } = JSON.parse(readFileSync(join(root, "boards", "memory", "manifest.json"), "utf8"));
	const { chunk, heap, stack } = creation;
	const given = (heap.initial + stack) * ESP8266_SLOT + chunk.initial;
	const fixed = chunk.incremental === 0 && heap.incremental === 0;
	const what = `a server with two sessions that echo 1 KiB, in ${given} octets of slots, chunks and stack`;
	const traced = await echoTwice();
	const counts = /400 messages: (.*)/.exec(traced)?.[1].match(/\d+/g).map(Number);
	const refused = /ended: out-of-memory\n/.test(traced);
	if (!counts || !refused || !fixed || given > ESP8266_MEMORY) return { ok: false, line: `${what}\n${traced}` };
	const before = Number(/listening: .* (\d+) octets of native/.exec(traced)[1]);
	const [slots, chunks, inNative, peakSlots, peakChunks] = counts;
	const used = `${slots} slots and ${chunks} octets of chunks are in use`;
	const figures = {
		"slots in use": slots,
		"octets of chunks in use": chunks,
		"octets that its sockets and ciphers have from malloc": inNative - before,
		"slots at most, garbage included": peakSlots,
		"octets of chunks at most, garbage included": peakChunks,
	};
	return {
		ok: true,
		figures,
		line: `${what}, and refuses 8 KiB; ${used}, and the sessions' sockets and ciphers have ${inNative - before} of malloc's`,
	};
}

/** What a device traced that two clients talked to. */
async function echoTwice() {
	const { Key, LightweightSecureClient } = await import("../build/src/node/index.js");
	const octets = Key.randomOctets();
	const key = new Key(octets);
	const host = buildHost();
	const built = host && mcconfig("boards/memory", "lin", "build", [`key=${Buffer.from(octets).toString("hex")}`]);
	if (!built) return "it could not be built";
	// What malloc keeps at hand for each thread would count as in use.
	const env = { ...process.env, GLIBC_TUNABLES: "glibc.malloc.tcache_count=0" };
	const device = spawn(host, [find(built, "mc.so")], { stdio: ["ignore", "pipe", "inherit"], env });
	let traced = "";
	try {
		await new Promise((resolve, reject) => {
			device.stdout.on("data", (chunk) => {
				traced += chunk;
				if (traced.includes("listening")) resolve();
			});
			device.once("exit", () => reject(new Error("the device ended")));
		});
		const connect = () =>
			new LightweightSecureClient({ key, host: "127.0.0.1", port: 7100, suites: ["psk"] }).connect();
		const echo = async (session, times) => {
			const message = new Uint8Array(1024).fill(7);
			session.send(message);
			let echoed = 0;
			for await (const _ of session) {
				if (++echoed === times) break;
				session.send(message);
			}
			await session.close();
		};
		const [greedy, other] = await Promise.all([connect(), connect()]);
		greedy.send(new Uint8Array(8192));
		await greedy.closed;
		await echo(other, 1);
		// Until it has freed what those sessions held, the device may have no memory for two others.
		await new Promise((resolve) => setTimeout(resolve, 500));
		const talk = async () => echo(await connect(), 200);
		await Promise.all([talk(), talk()]);
		return traced;
	} catch (error) {
		return `${traced}${error.message}`;
	} finally {
		device.kill();
	}
}
