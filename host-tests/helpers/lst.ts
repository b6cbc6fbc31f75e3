import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

/** The file of the `lst` command. */
export const command = fileURLToPath(new URL("../../src/node/lst/main.js", import.meta.url));

export interface Result {
	code: number | null;
	out: string;
	err: string;
}

/** A running `lst`. What it writes is read from the start, so that none of it is lost when it exits. */
export class Lst {
	readonly child;
	readonly #written = { stdout: "", stderr: "" };
	readonly finished: Promise<Result>;

	constructor(args: readonly string[], env: Record<string, string>, cwd?: string) {
		const inherited = { ...process.env, LST_KEY: undefined, NODE_V8_COVERAGE: undefined };
		this.child = spawn(process.execPath, [command, ...args], { cwd, env: { ...inherited, ...env } });
		this.child.stdin.on("error", () => {});
		for (const name of ["stdout", "stderr"] as const)
			this.child[name].setEncoding(args.includes("--binary") ? "latin1" : "utf8").on("data", (chunk: string) => {
				this.#written[name] += chunk;
			});
		this.finished = once(this.child, "close").then(([code]) => {
			const { stdout: out, stderr: err } = this.#written;
			return { code: code as number | null, out, err };
		});
	}

	/** Waits until what it has written to that stream matches. */
	async wrote(name: "stdout" | "stderr", pattern: RegExp): Promise<RegExpMatchArray> {
		for (;;) {
			const match = this.#written[name].match(pattern);
			if (match) return match;
			const closed = await Promise.race([once(this.child[name], "data"), this.finished.then(() => undefined)]);
			if (!closed) assert.match(this.#written[name], pattern);
		}
	}
}

/** One clear sentence on standard error, and no stack trace. */
export function assertSentence({ err }: Result, pattern: RegExp): void {
	assert.match(err, pattern);
	assert.doesNotMatch(err, /\n\s+at /);
}

/**
 * Runs `lst` in the tests of a `describe` that calls this, in a folder with the key files "key" and "other". The folder
 * is removed after the tests, and what still runs is killed after each test.
 */
export function commandLine() {
	const folder = mkdtempSync(join(tmpdir(), "lst-"));
	const file = (name: string) => join(folder, name);
	const running = new Set<Lst>();

	after(() => rmSync(folder, { recursive: true }));
	afterEach(async () => {
		for (const { child } of running) child.kill("SIGKILL");
		await Promise.all([...running].map(({ finished }) => finished));
		running.clear();
	});

	function start(args: readonly string[], env: Record<string, string> = {}): Lst {
		const lst = new Lst(args, env);
		running.add(lst);
		return lst;
	}

	function run(
		args: readonly string[],
		input: string | Uint8Array = "",
		env: Record<string, string> = {},
	): Promise<Result> {
		const lst = start(args, env);
		lst.child.stdin.end(input);
		return lst.finished;
	}

	/** A listening `lst` and its port; its key is in the file "key". */
	async function listening(...args: string[]) {
		const server = start(["listen", "--key-file", file("key"), ...args]);
		const [, port] = await server.wrote("stderr", /listening on 127\.0\.0\.1:(\d+)/);
		return { server, port: port! };
	}

	const connect = (port: string, input: string | Uint8Array, ...args: string[]) =>
		run(["connect", "127.0.0.1", port, "--key-file", file("key"), "--linger", "0.3", ...args], input);

	before(async () => {
		for (const name of ["key", "other"]) assert.equal((await run(["keygen", "--out", file(name)])).code, 0);
	});
	return { folder, file, start, run, listening, connect };
}
