import { type ChildProcess, fork } from "node:child_process";
import { once } from "node:events";
import { fileURLToPath } from "node:url";
import { toHex } from "../../core/octets.js";
import { Key } from "../key.js";
import type { DemoEvent } from "./demo-device.js";
import { Exit } from "./exit.js";
import { styled } from "./say.js";

const command = fileURLToPath(new URL("main.js", import.meta.url));

/** Runs two devices as two processes and shows their conversation. Resolves with the exit code. */
export async function demo(rounds: number): Promise<number> {
	const show = new DemoDisplay(rounds);
	const env = { ...process.env, LST_KEY: toHex(Key.randomOctets()) };
	const start = (...args: string[]) => {
		const device = fork(command, ["demo-device", ...args], { env });
		device.on("message", (event: DemoEvent) => show.event(event));
		process.once("SIGTERM", () => device.kill());
		return device;
	};
	const server = start("server");
	const [first] = (await Promise.race([once(server, "message"), once(server, "exit")])) as [DemoEvent | number];
	if (typeof first !== "object" || first.event !== "listening" || server.killed) return show.summary(false);
	const client = start("client", String(first.port), String(rounds));
	const clientCode = await exit(client);
	if (clientCode !== 0) server.kill();
	const codes = [clientCode, await exit(server)];
	return show.summary(codes.every((code) => code === 0));
}

async function exit(device: ChildProcess): Promise<number> {
	if (device.exitCode !== null || device.signalCode !== null) return device.exitCode ?? 1;
	const [code] = (await once(device, "exit")) as [number | null];
	return code ?? 1;
}

/** What a person sees of the demo; told from the client's side. */
class DemoDisplay {
	readonly #rounds: number;
	readonly #ends: Extract<DemoEvent, { event: "ended" }>[] = [];
	#keyId = "";
	#milliseconds = 0;

	constructor(rounds: number) {
		this.#rounds = rounds;
	}

	event(event: DemoEvent): void {
		switch (event.event) {
			case "listening":
				this.#keyId = event.keyId;
				print(styled("bold", "LightweightSecureTCP: two devices, two processes, one key"));
				print(`engine    Node.js ${process.version}`);
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
				print(styled("green", `\n✔ both sides have proved that they hold key ${this.#keyId}; from here on: records\n`));
				break;
			case "sent":
			case "received":
				print(`${arrow(event.event)} ${event.text}`);
				break;
			case "failed":
				print(styled("red", `✘ ${event.message}`));
				break;
			case "ended":
				this.#ends.push(event);
		}
	}

	/** @returns the exit code */
	summary(clean: boolean): number {
		const right = clean && this.#ends.length === 2 && this.#ends.every((end) => end.right);
		const counts = this.#ends.at(-1)?.counts;
		if (counts) {
			const packets = counts.packetsSent + counts.packetsReceived;
			const octets = counts.octetsSent + counts.octetsReceived;
			print(`\npackets   ${packets}, handshake and Disconnect included`);
			print(`octets    ${octets} on the wire, both directions`);
			print(`messages  ${counts.messagesSent} to the server, ${counts.messagesReceived} back`);
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
