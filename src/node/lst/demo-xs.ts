import { toHex } from "../../core/octets.js";
import { Key } from "../key.js";
import type { DemoDisplay, DemoOptions } from "./demo.js";
import { say } from "./say.js";

/** The part of the repository's `xs` folder that the demo uses; the npm package does not contain it. */
interface XsTools {
	findEngine(say: (line: string) => void): { binary: string | undefined; description: string };
	XsFirmware: new (options: {
		binary: string;
		main: string;
		config: object;
		modules: Record<string, string>;
		onTrace: (text: string) => void;
	}) => { finished: Promise<number>; close(): void };
}

/** The tools, or why the demo's devices cannot run on XS. */
export async function findXs(): Promise<(XsTools & { binary: string; description: string }) | string> {
	const load = async <T>(name: string): Promise<T> => import(new URL(`../../../xs/${name}.js`, import.meta.url).href);
	try {
		const tools = { ...(await load<XsTools>("engine")), ...(await load<XsTools>("host")) };
		const { binary, description } = tools.findEngine(say);
		return binary ? { ...tools, binary, description } : description;
	} catch (error) {
		if ((error as NodeJS.ErrnoException).code === "ERR_MODULE_NOT_FOUND") return "this installation has no XS engine";
		throw error;
	}
}

const STEP = /^(sent|received) (Handshake\w+|KeepAlive), (\d+) octets$/;
const COUNTS = /^(\d+) packets, (\d+) octets, (\d+) messages sent, (\d+) received$/;

/**
 * Runs the demo's two devices as firmware, each in an XS machine of its own, and shows what they trace.
 * @returns whether both ended as they should
 */
export async function demoOnXs(
	xs: Exclude<Awaited<ReturnType<typeof findXs>>, string>,
	{ rounds, profile, roundsXtea }: DemoOptions,
	show: DemoDisplay,
): Promise<boolean> {
	const octets = Key.randomOctets();
	const key = new Key(octets);
	const common = { key: toHex(octets), host: "127.0.0.1", application: "fizzbuzz", rounds, roundsXtea };
	const modules: Record<string, string> =
		profile === "original" ? { "lightweight-secure-tcp/firmware/profile": "src/firmware/original/profile" } : {};
	const devices: InstanceType<XsTools["XsFirmware"]>[] = [];
	const start = (config: object, onLine: (line: string) => void) => {
		const onTrace = lines((line) => {
			if (line.startsWith("warning: ")) say(line);
			else onLine(line);
		});
		const device = new xs.XsFirmware({
			binary: xs.binary,
			main: "main",
			config: { ...common, ...config },
			modules,
			onTrace,
		});
		devices.push(device);
		return device;
	};
	const failed = (line: string) =>
		line.startsWith("failed: ") && show.event({ event: "failed", message: line.slice(8) });
	try {
		let serverEnded!: (right: boolean) => void;
		const serverDone = new Promise<boolean>((resolve) => {
			serverEnded = resolve;
		});
		const port = await new Promise<number>((resolve, reject) => {
			const server = start({ role: "server", port: 0 }, (line) => {
				const listening = /^listening on port (\d+)$/.exec(line);
				if (listening) resolve(Number(listening[1]));
				if (line.startsWith("session ended: ")) serverEnded(line.endsWith("the peer has finished"));
				if (failed(line)) serverEnded(false);
			});
			server.finished.then(() => serverEnded(false), reject);
		});
		show.event({ event: "listening", port, keyId: key.id });
		const began = performance.now();
		let right = false;
		const clientDone = new Promise<boolean>((resolve, reject) => {
			const client = start({ role: "client", port }, (line) => {
				const [, direction, packet, size] = STEP.exec(line) ?? [];
				const counts = COUNTS.exec(line)?.slice(1).map(Number);
				if (packet) {
					const step = { direction: direction as "sent" | "received", packet, size: Number(size) };
					show.event({ event: "step", step });
				} else if (line.startsWith("in session with "))
					show.event({ event: "session", milliseconds: performance.now() - began });
				else if (/^(sent|received) /.test(line)) {
					const space = line.indexOf(" ");
					show.event({ event: line.slice(0, space) as "sent" | "received", text: line.slice(space + 1) });
				} else if (line === `all ${rounds} rounds came back right`) right = true;
				else if (counts)
					show.count({ packets: counts[0]!, octets: counts[1]!, sent: counts[2]!, received: counts[3]! });
				else if (line.startsWith("session ended: ")) resolve(right);
				else if (failed(line)) resolve(false);
			});
			client.finished.then(() => resolve(false), reject);
		});
		const [client, server] = await Promise.all([clientDone, serverDone]);
		return client && server;
	} finally {
		for (const device of devices) device.close();
	}
}

/** Turns text that comes in pieces into whole lines. */
function lines(onLine: (line: string) => void): (text: string) => void {
	let rest = "";
	return (text) => {
		const whole = (rest + text).split("\n");
		rest = whole.pop()!;
		for (const line of whole) onLine(line);
	};
}
