// The memory of a server of two sessions, on the desktop.
import { spawn } from "node:child_process";
import { readFileSync } from "node:fs";
import net from "node:net";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { buildHost, find, mcconfig, root } from "./sdk-tools.mjs";

/** The octets that XS has on an ESP8266. */
const ESP8266_MEMORY = 32_768;
/** The octets that an idle session may keep there. */
const IDLE_SESSION = 1_500;
/** Octets of a slot there, and here. */
const ESP8266_SLOT = 16;
const SLOT = 32;
/** Milliseconds for which a session is idle before its memory is measured, and after which it is freed. */
const UNUSED = 500;
/** Milliseconds within which a client is served although strangers hold connections, before a handshake's deadline would free these. */
const PATIENCE = 5_000;
/** Clients that connect all at once, some of which are refused; after such a storm others are served as before. */
const STORMS = [10, 60];
const SURVIVED = "the storms are over\n";

/**
 * Two clients echo 1 KiB messages with a server of two sessions in memory of a fixed size, after a message for which there is no room and
 * before storms of others. The memory must be less than an ESP8266 has, even with the desktop's slots and malloc. Returns
 * whether it was, a line about it, and the figures.
 */
export async function serverMemory() {
	const { creation } = JSON.parse(readFileSync(join(root, "boards", "memory", "manifest.json"), "utf8"));
	const { chunk, heap, stack } = creation;
	const what = `a server with two sessions that echo 1 KiB, with ${heap.initial} slots and ${chunk.initial} octets of chunks`;
	const traced = await echoTwice();
	const counts = /400 messages: (.*)/.exec(traced)?.[1].match(/\d+/g).map(Number);
	const refused = /ended: out-of-memory\n/.test(traced);
	if (!counts || !refused || !traced.endsWith(SURVIVED)) return { ok: false, line: `${what}\n${traced}` };
	const before = Number(/before: .* (\d+) octets of native/.exec(traced)[1]);
	const [one, two] = [...traced.matchAll(/^idle: (.*)/gm)].map(([, line]) => line.match(/\d+/g).map(Number));
	const [idleSlots, idleChunks, idleNative] = two.map((value, i) => value - one[i]);
	const idle = idleSlots * ESP8266_SLOT + idleChunks;
	const [slots, chunks, inNative, peakSlots, peakChunks] = counts;
	const native = inNative - before;
	const here = heap.initial * SLOT + chunk.initial + native;
	const there = (heap.initial + stack) * ESP8266_SLOT + chunk.initial;
	const fixed = chunk.incremental === 0 && heap.incremental === 0;
	const figures = {
		"slots in use": slots,
		"octets of chunks in use": chunks,
		"octets that its sockets, timers and ciphers have from malloc": native,
		"slots at most, garbage included": peakSlots,
		"octets of chunks at most, garbage included": peakChunks,
		"slots of an idle session": idleSlots,
		"octets of an idle session's chunks": idleChunks,
		"octets of an idle session's slots, of 16 each, and chunks": idle,
		"octets that an idle session's socket, timer and ciphers have from malloc": idleNative,
		"octets of all slots, of 32 each, chunks and malloc's": here,
		"octets of all slots, of 16 each, chunks and stack": there,
	};
	const sums = `${here} octets with native code's ${native}, ${there} with the stack where a slot has ${ESP8266_SLOT}`;
	return {
		ok: fixed && here <= ESP8266_MEMORY && there <= ESP8266_MEMORY && idle < IDLE_SESSION,
		figures,
		line: `${what}, ${sums}, refuses 8 KiB and survives ${STORMS.at(-1)} clients at once and strangers that are silent; an idle session keeps ${idle}; ${slots} slots and ${chunks} octets of chunks are in use`,
	};
}

/** The trace of a device that two clients talked to. */
async function echoTwice() {
	const { Key, LightweightSecureClient } = await import("../build/src/node/index.js");
	const octets = Key.randomOctets();
	const key = new Key(octets);
	const host = buildHost();
	const built = host && mcconfig("boards/memory", "lin", "build", [`key=${Buffer.from(octets).toString("hex")}`]);
	if (!built) return "it could not be built";
	// Otherwise what malloc and GLib keep for later would count as in use.
	const env = { ...process.env, GLIBC_TUNABLES: "glibc.malloc.tcache_count=0", G_SLICE: "always-malloc" };
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
		// One after the other, each idle for a while: the difference is one session.
		const greedy = await connect();
		await sleep(UNUSED);
		const other = await connect();
		await sleep(UNUSED);
		greedy.send(new Uint8Array(8192));
		await greedy.closed;
		await echo(other, 1);
		// Until the device has freed those sessions, it may have no memory for two others.
		await sleep(UNUSED);
		const talk = async (times) => echo(await connect(), times);
		await Promise.all([talk(200), talk(200)]);
		for (const clients of STORMS) {
			await Promise.allSettled(Array.from({ length: clients }, () => talk(3)));
			await sleep(UNUSED);
			await talk(3);
		}
		// Silent strangers must not use up the memory.
		const strangers = [1, 2, 3].map(() => net.connect(7100, "127.0.0.1").on("error", () => {}));
		await sleep(UNUSED);
		await Promise.race([talk(3), sleep(PATIENCE).then(() => Promise.reject(new Error("strangers keep a client out")))]);
		for (const stranger of strangers) stranger.destroy();
		return `${traced}${SURVIVED}`;
	} catch (error) {
		return `${traced}${error.message}`;
	} finally {
		device.kill();
	}
}
