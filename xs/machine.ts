import { type ChildProcess, spawn } from "node:child_process";
import type { Readable, Writable } from "node:stream";

/** The worker's report on a command: `compute` counts computrons and does not vary from run to run. */
export interface Meter {
	compute: number;
	currentHeapCount: number;
}

const [OK, ERROR, QUERY, COLON] = [".", "!", "?", ":"].map((character) => character.charCodeAt(0));

/**
 * An XS machine in a process of its own, as `xsnap-worker` runs it: commands go in and requests come out as netstrings on
 * two pipes. XS waits for the answer to a request: its calls of the host are synchronous.
 */
export class XsMachine {
	readonly #worker: ChildProcess;
	readonly #answer: (request: Buffer) => Uint8Array;
	readonly #waiting: { resolve(meter: Meter): void; reject(error: Error): void }[] = [];
	#received = Buffer.alloc(0);
	#last: Promise<unknown> = Promise.resolve();
	/** Resolves when the machine has ended. */
	readonly ended: Promise<void>;

	/** @param answer called for each of the machine's requests; an exception ends the machine */
	constructor(binary: string, answer: (request: Buffer) => Uint8Array) {
		this.#answer = answer;
		this.#worker = spawn(binary, ["xs"], { stdio: ["ignore", "inherit", "inherit", "pipe", "pipe"] });
		this.#output.on("data", (chunk: Buffer) => this.#read(chunk));
		this.#input.on("error", () => {});
		this.ended = new Promise((resolve) => {
			this.#worker.once("close", () => {
				for (const { reject } of this.#waiting.splice(0)) reject(new Error("the XS machine has ended"));
				resolve();
			});
		});
	}

	/** Evaluates a script. */
	evaluate(source: string): Promise<Meter> {
		return this.#command(`e${source}`);
	}

	/** Calls the machine's `handleCommand` and lets its promises settle. */
	send(message: object): Promise<Meter> {
		return this.#command(`?${JSON.stringify(message)}`);
	}

	close(): void {
		this.#worker.kill("SIGKILL");
	}

	get #input(): Writable {
		return this.#worker.stdio[3] as Writable;
	}

	get #output(): Readable {
		return this.#worker.stdio[4] as Readable;
	}

	/** One command at a time: the worker reads the next one after it has answered. */
	#command(text: string): Promise<Meter> {
		const run = () =>
			new Promise<Meter>((resolve, reject) => {
				this.#waiting.push({ resolve, reject });
				this.#write(Buffer.from(text));
			});
		const result = this.#last.then(run, run);
		this.#last = result.catch(() => {});
		return result;
	}

	#write(content: Uint8Array): void {
		this.#input.write(Buffer.concat([Buffer.from(`${content.length}:`), content, Buffer.from(",")]));
	}

	#read(chunk: Buffer): void {
		this.#received = Buffer.concat([this.#received, chunk]);
		for (;;) {
			const colon = this.#received.indexOf(COLON!);
			if (colon < 0) return;
			const end = colon + 1 + Number(this.#received.subarray(0, colon));
			if (this.#received.length <= end) return;
			const message = this.#received.subarray(colon + 1, end);
			this.#received = this.#received.subarray(end + 1);
			this.#handle(message);
		}
	}

	#handle(message: Buffer): void {
		const body = message.subarray(1);
		if (message[0] === QUERY) return this.#write(Buffer.concat([Buffer.from("/"), this.#answer(body)]));
		const { resolve, reject } = this.#waiting.shift()!;
		if (message[0] === OK) resolve(JSON.parse(body.toString().split("\u0001")[0]!) as Meter);
		else if (message[0] === ERROR) reject(new Error(body.toString()));
	}
}
