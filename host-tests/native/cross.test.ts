import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { mkdtempSync, readdirSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

const root = fileURLToPath(new URL("../../../", import.meta.url));
const folders = ["src/native"];

/** Debian's gcc-xtensa-lx106 and gcc-riscv64-unknown-elf, with the flags by which the SDK tells its platforms apart. */
const chips = [
	{ chip: "ESP8266 (lx106)", gcc: "xtensa-lx106-elf-gcc", flags: ["-mlongcalls", "-ffreestanding", "-D__ets__"] },
	{
		chip: "ESP32-C3 (rv32imc)",
		gcc: "riscv64-unknown-elf-gcc",
		flags: ["-march=rv32imc", "-mabi=ilp32", "-ffreestanding", "-DESP32=4"],
	},
];

for (const { chip, gcc, flags } of chips) {
	const there = spawnSync(gcc, ["--version"]).status === 0;
	describe(`the project's C for ${chip}${there ? "" : ` (skipped: there is no ${gcc})`}`, () => {
		const objects = mkdtempSync(join(tmpdir(), "lst-cross-"));

		before(function () {
			if (!there) this.skip();
		});
		after(() => rmSync(objects, { recursive: true }));

		for (const folder of folders) {
			for (const name of readdirSync(join(root, folder)).filter((name) => name.endsWith(".c"))) {
				it(`${name} compiles without a warning`, () => {
					const warnings = ["-std=gnu11", "-Os", "-Wall", "-Wextra", "-Wno-unused-parameter", "-Werror"];
					const include = `-I${join(root, "host-tests/native/include")}`;
					const output = ["-c", "-o", join(objects, `${name}.o`)];
					const { status, stderr } = spawnSync(
						gcc,
						[...flags, ...warnings, include, ...output, join(root, folder, name)],
						{ encoding: "utf8" },
					);
					assert.equal(status, 0, stderr);
					assert.equal(stderr, "");
				});
			}
		}
	});
}
