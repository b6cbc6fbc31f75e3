import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type Chip, chips, compile, present, root } from "./chips.js";

const here = join(root, "host-tests", "native", "qemu");

/** The first command that is missing to run a chip's programs, or undefined. */
export function missingFor({ prefix, qemu }: Chip): string | undefined {
	return [`${prefix}-gcc`, qemu[0]!].find((command) => !present(command));
}

/** Programs for a chip, with files that a test writes for them. */
export class Emulator {
	readonly #chip: Chip;
	readonly folder = mkdtempSync(join(tmpdir(), "lst-qemu-"));

	constructor(chip: Chip) {
		this.#chip = chip;
	}

	write(name: string, content: string): void {
		writeFileSync(join(this.folder, name), content);
	}

	close(): void {
		rmSync(this.folder, { recursive: true });
	}

	/**
	 * What a program reports, by name.
	 * @param program its main file, in `host-tests/native/qemu`
	 * @param args further files and flags
	 */
	run(program: string, args: readonly string[]): Record<string, number> {
		const [qemu, ...machine] = this.#chip.qemu as [string, ...string[]];
		const file = join(this.folder, "program.elf");
		const sources = [program, "console.c", "runtime.c", `${this.#chip.name}.c`].map((name) => join(here, name));
		const script = join(here, `${this.#chip.name}.ld`);
		const link = ["-nostdlib", "-Wl,--no-warn-rwx-segments", "-T", script, "-fno-tree-loop-distribute-patterns"];
		assert.equal(compile(this.#chip, sources, [`-I${this.folder}`, ...link, ...args, "-o", file]), "");
		const options = [...machine, "-kernel", file, "-nographic", "-monitor", "none", "-serial", "stdio"];
		const { stdout, stderr, status } = spawnSync(qemu, options, { encoding: "utf8", timeout: 50_000 });
		assert.equal(status, 0, `${stdout}${stderr}`);
		const lines = [...stdout.matchAll(/^(.+)=([0-9a-f]+)\r?$/gm)];
		return Object.fromEntries(lines.map(([, name, hex]) => [name!, Number.parseInt(hex!, 16)]));
	}

	/** The number of instructions, from the time that `reported` has for them. */
	static instructions(reported: Record<string, number>, name: string): number {
		return Math.round((reported[name]! * 4096) / reported["4096 instructions"]!);
	}
}

/** Tests on each chip, of programs that include `vectors.h`; skipped where something is missing. */
export function underQemu(what: string, vectors: string, tests: (chip: Chip, emulator: Emulator) => void): void {
	for (const chip of chips) {
		const missing = missingFor(chip);
		describe(`${what} on ${chip.description} under QEMU${missing ? ` (skipped: there is no ${missing})` : ""}`, function () {
			this.timeout(60_000);
			const emulator = new Emulator(chip);

			before(function () {
				if (missing) this.skip();
				emulator.write("vectors.h", vectors);
			});
			after(() => emulator.close());
			tests(chip, emulator);
		});
	}
}
