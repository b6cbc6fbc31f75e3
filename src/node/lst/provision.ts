import { spawnSync } from "node:child_process";
import { constants, openSync, writeSync } from "node:fs";
import { createInterface } from "node:readline";
import { setTimeout as sleep } from "node:timers/promises";
import { ReadStream } from "node:tty";
import { Exit, UsageError } from "./exit.js";
import { loadKey } from "./key.js";
import { printable, say } from "./say.js";

const BAUD = "115200";
/** How long, and how often, a device is greeted until it answers, since opening its line may restart it. Milliseconds. */
const PATIENCE = 10_000;
const GREETING = 500;

/** What a device can say in place of a key's id. */
const HELD: Readonly<Record<string, string>> = { none: "no key", damaged: "a damaged key" };

export interface ProvisionOptions {
	keyFile?: string;
	erase?: boolean;
}

/**
 * Writes the handshake key into the NVS of a device that runs `boards/provision`, over its serial line, or erases it.
 * Resolves with the exit code.
 */
export async function provision(port: string, { keyFile, erase }: ProvisionOptions): Promise<number> {
	const written = erase ? undefined : await loadKey(keyFile);
	const id = written?.key.id;
	const line = new SerialLine(port);
	const greeting = setInterval(() => line.write("lst hello"), GREETING);
	try {
		const ready = await line.answer(/^ready key (\w+)$/, () => {});
		clearInterval(greeting);
		if (!ready) {
			say(`${line.lost ?? `no device answers on ${port}`}: does it run boards/provision, built without debugging?`);
			return Exit.lost;
		}
		say(`the device holds ${HELD[ready[1]!] ?? `key ${ready[1]}`}`);
		line.write(written ? `lst key ${written.hex} ${id}` : "lst erase");
		let refusal: string | undefined;
		const done = await line.answer(new RegExp(written ? `^stored ${id}$` : "^erased$"), (why) => {
			refusal = `the device refused: ${why}`;
		});
		if (done) say(written ? `the device holds key ${id} now` : "the device holds no key now");
		else say(refusal ?? line.lost ?? "the device did not say that it was done");
		return done ? Exit.done : Exit.lost;
	} finally {
		clearInterval(greeting);
		line.close();
	}
}

/** A serial line in raw mode, read and written line by line. */
class SerialLine {
	readonly #file: number;
	readonly #input: ReadStream;
	#wanted: { pattern: RegExp; refused(why: string): void; take(match: RegExpMatchArray | undefined): void } | undefined;
	/** Why the line was lost, if it was. */
	lost: string | undefined;

	/** @throws UsageError */
	constructor(port: string) {
		try {
			this.#file = openSync(port, constants.O_RDWR | constants.O_NOCTTY | constants.O_NONBLOCK);
			this.#input = new ReadStream(this.#file);
		} catch (error) {
			throw new UsageError(`cannot open ${port} as a serial line: ${(error as Error).message}`);
		}
		const select = process.platform === "darwin" ? "-f" : "-F";
		const { error, stderr } = spawnSync("stty", [select, port, BAUD, "raw", "-echo"], { encoding: "utf8" });
		if (error || stderr) throw new UsageError(`cannot set up ${port}: ${error?.message ?? stderr.trim()}`);
		this.#input.on("error", ({ message }) => this.#lose(message)).on("end", () => this.#lose("it has ended"));
		createInterface({ input: this.#input }).on("line", (line) => this.#read(line));
	}

	write(line: string): void {
		const octets = Buffer.from(`${line}\n`);
		try {
			for (let sent = 0; sent < octets.length; ) sent += writeSync(this.#file, octets, sent);
		} catch (error) {
			// A full line has no reader; that is not an error.
			if ((error as NodeJS.ErrnoException).code !== "EAGAIN") this.#lose((error as Error).message);
		}
	}

	/** The device's next line that matches; undefined if none comes in time, the line is lost, or `refused` was called. */
	answer(pattern: RegExp, refused: (why: string) => void): Promise<RegExpMatchArray | undefined> {
		const over = new AbortController();
		const answered = new Promise<RegExpMatchArray | undefined>((take) => {
			this.#wanted = { pattern, refused, take };
			if (this.lost) take(undefined);
		});
		const late = sleep(PATIENCE, undefined, { signal: over.signal }).catch(() => undefined);
		return Promise.race([answered, late]).finally(() => over.abort());
	}

	close(): void {
		this.#input.destroy();
	}

	#read(line: string): void {
		const text = /(?:^|[^ -~])lst (.*)$/.exec(line.trimEnd())?.[1];
		if (text === undefined) return;
		const match = text.match(this.#wanted?.pattern ?? /$^/);
		if (match) return this.#wanted?.take(match);
		// A greeting that was garbled while the device started is refused, and then repeated.
		if (!text.startsWith("refused ") || text.includes("`hello`")) return;
		this.#wanted?.refused(printable(text.slice(8)));
		this.#wanted?.take(undefined);
	}

	#lose(why: string): void {
		this.lost ??= `the serial line was lost: ${why}`;
		this.#wanted?.take(undefined);
	}
}
