import assert from "node:assert/strict";
import { type ChildProcess, spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { toHex } from "../../../src/core/octets.js";
import { Key } from "../../../src/node/index.js";
import { findEngine } from "../../../xs/engine.js";
import { XsFirmware } from "../../../xs/host.js";
import { command as lst } from "../../helpers/lst.js";

const engine = findEngine((line) => console.error(line));
const pseudoTerminals = process.platform === "linux" && spawnSync("script", ["--version"]).status === 0;

describe("lst provision over a pseudo-terminal (skipped without XS or util-linux's script)", function () {
	this.timeout(30_000);
	const folder = mkdtempSync(join(tmpdir(), "lst-provision-"));
	const octets = Key.randomOctets();
	const key = new Key(octets);
	const keyFile = join(folder, "home.key");
	writeFileSync(keyFile, toHex(octets), { mode: 0o600 });
	const said = join(folder, "said");
	let terminal: ChildProcess;

	before(function () {
		if (!engine.binary || !pseudoTerminals) this.skip();
	});
	after(() => rmSync(folder, { recursive: true }));

	/** The command on one end of a pseudo-terminal; the other end is this process's. */
	function provision(...args: string[]): ChildProcess {
		const command = [process.execPath, lst, "provision", "/dev/tty", ...args].join(" ");
		terminal = spawn("script", ["-qefc", `${command} > ${said} 2>&1`, "/dev/null"], {
			stdio: ["pipe", "pipe", "inherit"],
		});
		return terminal;
	}

	/** Wires the terminal to a device; `alter` may garble what comes from the command. */
	function wire(device: XsFirmware, alter: (text: string) => string = (text) => text): void {
		terminal.stdout!.on("data", (chunk: Buffer) => device.serial(Buffer.from(alter(chunk.toString()))));
	}

	async function outcome(): Promise<{ code: number; text: string }> {
		const [code] = (await once(terminal, "exit")) as [number];
		return { code, text: readFileSync(said, "utf8") };
	}

	const device = (nvs: object = {}) =>
		new XsFirmware({
			binary: engine.binary!,
			main: "provision",
			config: { serial: {}, nvs },
			onSerial: (line) => terminal.stdin!.write(line),
		});

	it("a device without a key stores one, tells its id, and erases it on request", async () => {
		const firmware = device();
		try {
			provision("--key-file", keyFile);
			terminal.stdin!.write("ets Jun  8 2016 00:22:57 \u0000\u00ff\n");
			wire(firmware);
			const first = await outcome();
			assert.equal(first.text, `the device holds no key\nthe device holds key ${key.id} now\n`);
			assert.equal(first.code, 0);
			provision("--erase");
			wire(firmware);
			const second = await outcome();
			assert.equal(second.text, `the device holds key ${key.id}\nthe device holds no key now\n`);
		} finally {
			firmware.close();
		}
	});

	it("a device with a damaged key says so, and takes another; erasing deletes the next key too", async () => {
		const firmware = device({ "lst.key": "abcd", "lst.next-key": "abcd" });
		try {
			for (const [flags, text] of [
				[["--erase"], "the device holds a damaged key\nthe device holds no key now\n"],
				[["--key-file", keyFile], `the device holds no key\nthe device holds key ${key.id} now\n`],
			] as const) {
				provision(...flags);
				wire(firmware);
				assert.deepEqual(await outcome(), { code: 0, text });
			}
		} finally {
			firmware.close();
		}
	});

	it("a device refuses a garbled line and stores nothing", async () => {
		const firmware = device();
		try {
			provision("--key-file", keyFile);
			wire(firmware, (text) =>
				text.replace(/(lst key )(.)/, (_, command, digit) => command + (digit === "0" ? "1" : "0")),
			);
			const { code, text } = await outcome();
			assert.match(text, new RegExp(`the device refused: a key with the id \\w+ came where ${key.id} was announced`));
			assert.equal(code, 2);
			provision("--erase");
			wire(firmware);
			assert.match((await outcome()).text, /^the device holds no key\n/);
		} finally {
			firmware.close();
		}
	});

	it("the command says that no device answers, and exits with 2", async () => {
		provision("--key-file", keyFile);
		const { code, text } = await outcome();
		assert.match(text, /^no device answers on \/dev\/tty: does it run boards\/provision/);
		assert.equal(code, 2);
	});

	it("the command refuses a file that is no serial line, and exits with 1", () => {
		const { status, stderr } = spawnSync(process.execPath, [lst, "provision", keyFile, "--erase"], {
			encoding: "utf8",
		});
		assert.match(stderr, /cannot open .* as a serial line/);
		assert.equal(status, 1);
	});
});
