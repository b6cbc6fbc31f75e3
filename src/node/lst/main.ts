#!/usr/bin/env node
import { readFileSync } from "node:fs";
import { Command, InvalidArgumentError, Option } from "commander";
import type { Profile, ProfileName } from "../../core/profile.js";
import { browse } from "./browse.js";
import { type DemoOptions, demo } from "./demo.js";
import { demoClient, demoServer } from "./demo-device.js";
import { Exit, exitCodeFor, isExpected } from "./exit.js";
import { type InspectOptions, inspect } from "./inspect/inspect.js";
import { keygen } from "./key.js";
import { chooseProfile, inFlags, wholeNumber, withProfile, withSuites } from "./profile.js";
import { type ProvisionOptions, provision } from "./provision.js";
import { type RotateOptions, rotate } from "./rotate.js";
import { say } from "./say.js";
import { type ConnectOptions, connect, type ListenOptions, listen } from "./talk.js";

const { version } = JSON.parse(readFileSync(new URL("../../../../package.json", import.meta.url), "utf8"));

const EXIT_CODES = `
Exit codes: 0 done, 1 usage or local error (such as a port in use), 2 connection refused or lost, or nothing found,
3 handshake failed, 4 session ended by an error.`;

let exitCode: number = Exit.done;
const program = new Command("lst")
	.description("Encrypted, mutually authenticated messages over TCP from one pre-shared 256-bit key")
	.version(version)
	.addHelpText("after", EXIT_CODES);

program
	.command("keygen")
	.description("make a handshake key: 64 hex digits on standard output, its id on standard error")
	.option("--out <file>", "write it to a new file that only you can read")
	.addOption(
		new Option("--board <name>", "write it to boards/<name>/secrets.json, to be compiled into flash").conflicts("out"),
	)
	.action(keygen);

program
	.command("provision")
	.description("write the handshake key to a device that runs boards/provision, over its serial line")
	.argument("<port>", "the serial line, such as /dev/ttyUSB0")
	.option("--key-file <file>", "the handshake key (or set LST_KEY)")
	.addOption(new Option("--erase", "erase the device's key instead").conflicts("keyFile"))
	.action(async (port: string, options: ProvisionOptions) => {
		exitCode = await provision(port, options);
	});

withSuites(program.command("rotate"))
	.description("hand the next key over, to the devices that connect here or to one that listens at a host")
	.argument("[host]", "a device's address or NAME.local; without it, devices connect here")
	.argument("[port]", "its port", wholeNumber(1, 0xffff))
	.option("--key-file <file>", "the current key (or set LST_KEY)")
	.requiredOption("--next-key-file <file>", "the key that replaces it")
	.option("--context <text>", "what both sides are configured with")
	.option("--listen <n>", "the port where devices connect (0, which picks one)", wholeNumber(0, 0xffff))
	.option("--host <address>", "local address", "127.0.0.1")
	.option("--count <n>", "end after this many sessions with the next key", wholeNumber(1, 1_000_000))
	.option("--advertise <name>", "announce this as NAME.local, for devices that search for their server by DNS-SD")
	.action(async (host: string | undefined, port: number | undefined, options: RotateOptions) => {
		exitCode = await rotate(host, port, options);
	});

talkative(program.command("listen"))
	.description("accept connections; send lines of standard input to every session, write messages to standard output")
	.option("--port <n>", "port; 0 picks one", wholeNumber(0, 0xffff), 0)
	.option("--host <address>", "local address", "127.0.0.1")
	.option("--advertise <name>", "announce the server as NAME.local by DNS-SD, for `lst browse` and devices")
	.option("--echo", "send every message back")
	.option("--once", "end after the first connection, with its exit code")
	.action(async (options: ListenOptions) => {
		exitCode = await listen(options);
	});

talkative(program.command("connect"))
	.description("connect; send lines of standard input, write received messages to standard output")
	.argument("<host>", "the server's address or name; NAME.local is found by DNS-SD")
	.argument("[port]", "its port; a NAME.local announces it", wholeNumber(1, 0xffff))
	.option("--linger <s>", "after the end of the input, stay until nothing has come for this many seconds", seconds, 1)
	.action(async (host: string, port: number | undefined, options: ConnectOptions) => {
		exitCode = await connect(host, port, options);
	});

program
	.command("browse")
	.description("list the servers that announce themselves on the local network, by DNS-SD as _lst._tcp")
	.option("--seconds <s>", "how long to search", seconds, 3)
	.option("--json", "one JSON object per server")
	.action(async (options: { seconds: number; json?: boolean }) => {
		exitCode = await browse(options);
	});

withProfile(program.command("demo"))
	.description("two devices, two processes: a handshake and a conversation, shown packet by packet")
	.option("--rounds <n>", "questions and answers", wholeNumber(1, 1_000_000), 20)
	.addOption(
		new Option("--engine <engine>", "run the devices as firmware on XS, or as Node.js programs")
			.choices(["xs", "node"])
			.default("xs"),
	)
	.action(async (options: DemoOptions) => {
		exitCode = await demo(options);
	});

program
	.command("demo-device", { hidden: true })
	.argument("<role>")
	.argument("[port]", "", Number)
	.argument("[rounds]", "", Number)
	.argument("[profile]")
	.argument("[roundsXtea]", "", Number)
	.action((role: string, port: number, rounds: number, profile: ProfileName, roundsXtea: number) =>
		role === "server"
			? demoServer(chosenProfile(profile, roundsXtea))
			: demoClient(port, rounds, chosenProfile(profile, roundsXtea)),
	);

withProfile(program.command("inspect"))
	.description("explain a captured connection packet by packet; with the key, also open and check it")
	.argument(
		"<file>",
		"a file from --capture, a pcap or pcapng file, or lines of hex after `>` or `<`; - for standard input",
	)
	.option("--key-file <file>", "the handshake key (or set LST_KEY)")
	.option("--context <text>", "the context that both sides were configured with")
	.option("--connection <n>", "which of several connections in a pcap", wholeNumber(1, 1_000_000), 1)
	.action(async (file: string, options: InspectOptions) => {
		exitCode = await inspect(file, options);
	});

program.showHelpAfterError("(see `lst --help`)");
for (const command of program.commands)
	command.showHelpAfterError(`(see \`lst ${command.name()} --help\`)`).addHelpText("after", EXIT_CODES);

// The reader of the output has gone, or the disk is full: end everything in good order, as on an interrupt.
let outputFailed = false;
process.stdout.on("error", (error: NodeJS.ErrnoException) => {
	if (outputFailed) return;
	outputFailed = true;
	if (error.code !== "EPIPE") say(`lst: cannot write to standard output: ${error.message}`);
	if (!process.emit("SIGTERM")) process.exit(Exit.usage);
});
process.stderr.on("error", () => {});

try {
	await program.parseAsync();
} catch (error) {
	if (!isExpected(error)) throw error;
	say(`lst: ${inFlags(error.message)}`);
	exitCode = exitCodeFor(error);
}
process.exitCode = exitCode;
// Exit although standard input may still be open, but only after the output has been written, or failed.
if (program.args[0] !== "demo-device")
	process.stdout.write("", () => setImmediate(() => process.exit(exitCode || (outputFailed ? Exit.usage : Exit.done))));

function talkative(command: Command): Command {
	const milliseconds = wholeNumber(1, 0x7fffffff);
	return withSuites(withProfile(command))
		.option("--key-file <file>", "the handshake key, as `lst keygen` writes it (or set LST_KEY)")
		.option("--context <text>", "must be the same on both sides, such as the server's name")
		.option(
			"--keep-alive <ms>",
			"send a KeepAlive after this long without sending (5000, or a third of --timeout if that is less)",
			milliseconds,
		)
		.option(
			"--timeout <ms>",
			"end the session after this long without a record, at least 2; -1: never (30000)",
			wholeNumber(-1, 0x7fffffff),
		)
		.option("--handshake-timeout <ms>", "time limit of the whole handshake (10000)", milliseconds)
		.option("--max-message <n>", "the longest message that is accepted, in octets (65535)", wholeNumber(1, 0xffff))
		.option(
			"--max-bundle <n>",
			"send waiting lines together in records of up to this many octets, which the peer must accept; 0: never (1024)",
			wholeNumber(0, 0xffff),
		)
		.option("--binary", "send and write chunks as they come instead of lines")
		.option("--json", "one JSON object per event on standard output")
		.option(
			"--capture <file>",
			"record the traffic, still sealed, for `lst inspect`, in place of what is in <file>; further connections go to <file>.2 …",
		);
}

function chosenProfile(profile: ProfileName, roundsXtea: number): Profile {
	return chooseProfile(profile === "original" ? { profile, roundsXtea } : {});
}

function seconds(text: string): number {
	const value = Number(text);
	if (!text.trim() || !(value >= 0 && value <= 86_400)) throw new InvalidArgumentError("Seconds, from 0 to 86400.");
	return value;
}
