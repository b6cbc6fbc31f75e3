import { type ChildProcess, fork } from "node:child_process";
import { once } from "node:events";
import { fileURLToPath } from "node:url";
import { toHex } from "../../core/octets.js";
import { Key } from "../key.js";
import type { DemoEvent } from "./demo-device.js";
import { demoOnXs, findXs } from "./demo-xs.js";
import { Exit } from "./exit.js";
import type { ProfileOptions } from "./profile.js";
import { say, styled } from "./say.js";

const command = fileURLToPath(new URL("main.js", import.meta.url));

export interface DemoOptions extends ProfileOptions {
	rounds: number;
	engine: "xs" | "node";
}

/**
 * Runs two devices as two processes, either firmware on XS or Node.js programs, and shows their conversation.
 * Resolves with the exit code.
 */
export async function demo(options: DemoOptions): Promise<number> {
	const { engine } = options;
	const xs = engine === "xs" ? await findXs() : "";
	if (typeof xs === "object") {
		const show = new DemoDisplay(options, xs.description);
		return show.summary(await demoOnXs(xs, options, show));
	}
	if (xs) say(`${xs}: the devices are programs of Node.js`);
	return demoOnNode(options);
}

async function demoOnNode(options: DemoOptions): Promise<number> {
	const { rounds, profile = "secure", roundsXtea = 32 } = options;
	const show = new DemoDisplay(options, `Node.js ${process.version}`);
	const env = { ...process.env, LST_KEY: toHex(Key.randomOctets()) };
	const ends: Extract<DemoEvent, { event: "ended" }>[] = [];
	const start = (...args: string[]) => {
		const device = fork(command, ["demo-device", ...args], { env });
		device.on("message", (event: DemoEvent) => {
			if (event.event === "ended") ends.push(event);
			show.event(event);
		});
		process.once("SIGTERM", () => device.kill());
		return device;
	};
	const chosen = [profile, String(roundsXtea)];
	const server = start("server", "0", String(rounds), ...chosen);
	const [first] = (await Promise.race([once(server, "message"), once(server, "exit")])) as [DemoEvent | number];
	if (typeof first !== "object" || first.event !== "listening" || server.killed) return show.summary(false);
	const client = start("client", String(first.port), String(rounds), ...chosen);
	const clientCode = await exit(client);
	if (clientCode !== 0) server.kill();
	const codes = [clientCode, await exit(server)];
	return show.summary(codes.every((code) => code === 0) && ends.length === 2 && ends.every(({ right }) => right));
}

async function exit(device: ChildProcess): Promise<number> {
	if (device.exitCode !== null || device.signalCode !== null) return device.exitCode ?? 1;
	const [code] = (await once(device, "exit")) as [number | null];
	return code ?? 1;
}

/** What travelled, as the client counted it. */
export interface DemoCounts {
	packets: number;
	octets: number;
	sent: number;
	received: number;
}

/** What a person sees of the demo, from the client's side. */
export class DemoDisplay {
	readonly #rounds: number;
	readonly #proved: string;
	readonly #engine: string;
	#counts: DemoCounts | undefined;
	#keyId = "";
	#milliseconds = 0;

	constructor({ rounds, profile }: DemoOptions, engine: string) {
		this.#rounds = rounds;
		this.#proved =
			profile === "original" ? "the client has proved that it holds" : "both sides have proved that they hold";
		this.#engine = engine;
	}

	count(counts: DemoCounts): void {
		this.#counts = counts;
	}

	event(event: DemoEvent): void {
		switch (event.event) {
			case "listening":
				this.#keyId = event.keyId;
				print(styled("bold", "LightweightSecureTCP: two devices, two processes, one key"));
				print(`engine    ${this.#engine}`);
				print(`key id    ${event.keyId} (the key itself was made for this run and is never shown)`);
				print(`server    127.0.0.1:${event.port}\n`);
				break;
			case "step": {
				const { direction, packet, size } = event.step;
				const what = packet === "KeepAlive" ? "KeepAlive (confirms)" : packet;
				print(`${arrow(direction)} ${what.padEnd(22)} ${String(size).padStart(4)} octets`);
				break;
			}
			case "session":
				this.#milliseconds = event.milliseconds;
				print(styled("green", `\n✔ ${this.#proved} key ${this.#keyId}; from here on: records\n`));
				break;
			case "sent":
			case "received":
				print(`${arrow(event.event)} ${event.text}`);
				break;
			case "failed":
				print(styled("red", `✘ ${event.message}`));
				break;
			case "ended": {
				const { packetsSent, packetsReceived, octetsSent, octetsReceived } = event.counts;
				const { messagesSent: sent, messagesReceived: received } = event.counts;
				if (event.client)
					this.count({ packets: packetsSent + packetsReceived, octets: octetsSent + octetsReceived, sent, received });
			}
		}
	}

	/** @returns the exit code */
	summary(right: boolean): number {
		const counts = this.#counts;
		if (counts) {
			print(`\npackets   ${counts.packets}, handshake and Disconnect included`);
			print(`octets    ${counts.octets} on the wire, both directions`);
			print(`messages  ${counts.sent} to the server, ${counts.received} back`);
			print(`session   ${this.#milliseconds.toFixed(1)} ms after the client began to connect`);
		}
		const verdict = right ? `✔ all ${this.#rounds} rounds came back right` : "✘ not every round came back right";
		print(styled(right ? "green" : "red", verdict));
		return right ? Exit.done : Exit.sessionError;
	}
}

const arrow = (direction: "sent" | "received") =>
	direction === "sent" ? styled("cyan", "client ──▶ server") : styled("yellow", "client ◀── server");

const print = (line: string) => process.stdout.write(`${line}\n`);
