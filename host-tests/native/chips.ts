import { spawnSync } from "node:child_process";
import { fileURLToPath } from "node:url";

export const root = fileURLToPath(new URL("../../../", import.meta.url));

/** C that is for the ESP32 and its variants alone. */
export const forEsp32 = ["src/esp-idf/aes/lstcp_esp_aes.c", "src/p256/mbedtls/lstcp_p256_xs.c"].map(
	(path) => `${root}${path}`,
);

export interface Chip {
	/** The name of its budgets, and of its files in `host-tests/native/qemu`. */
	readonly name: "lx106" | "rv32";
	readonly description: string;
	readonly prefix: string;
	/** The SDK's flags, including those by which it tells its platforms apart. */
	readonly flags: readonly string[];
	readonly qemu: readonly string[];
}

/** The chips that Debian can compile for and emulate: gcc-xtensa-lx106, gcc-riscv64-unknown-elf, qemu-system-misc. */
export const chips: readonly Chip[] = [
	{
		name: "lx106",
		description: "ESP8266 (lx106)",
		prefix: "xtensa-lx106-elf",
		flags: ["-mlongcalls", "-mtext-section-literals", "-ffreestanding", "-D__ets__"],
		qemu: ["qemu-system-xtensa", "-M", "sim", "-cpu", "lx106", "-icount", "shift=7", "-semihosting"],
	},
	{
		name: "rv32",
		description: "ESP32-C3 (rv32imc)",
		prefix: "riscv64-unknown-elf",
		flags: ["-march=rv32imc_zicsr", "-mabi=ilp32", "-ffreestanding", "-DESP32=4"],
		qemu: ["qemu-system-riscv32", "-M", "virt", "-bios", "none", "-icount", "shift=0"],
	},
];

/** Octets as C. */
export function octets(hex: string): string {
	const pairs = hex.match(/../g)?.map((pair) => `0x${pair}`);
	return `(const uint8_t[]){ ${pairs?.join(", ") ?? "0"} }`;
}

/** Tests as C: `vectors`, an array of so many `VECTORS` with these fields. */
export function vectorsInC(fields: string, rows: readonly (readonly (number | string)[])[]): string {
	return `#include <stdint.h>
typedef struct {
	${fields}
} Vector;

#define VECTORS ${rows.length}
static const Vector vectors[VECTORS] = {
${rows.map((row) => `\t{ ${row.join(", ")} },`).join("\n")}
};
`;
}

export const present = (command: string) => spawnSync(command, ["--version"]).status === 0;

/** Compiles for a chip, with stand-ins for its SDK's headers; returns the compiler's messages, "" if there are none. */
export function compile(chip: Chip, sources: readonly string[], args: readonly string[]): string {
	const warnings = ["-std=gnu11", "-Os", "-Wall", "-Wextra", "-Wno-unused-parameter", "-Werror"];
	const include = [`-I${root}host-tests/native/include`, `-I${root}src/native`];
	const { status, stderr } = spawnSync(
		`${chip.prefix}-gcc`,
		[...chip.flags, ...warnings, ...sources, ...args, ...include],
		{
			encoding: "utf8",
		},
	);
	return status === 0 ? stderr : `${chip.prefix}-gcc ended with ${status}\n${stderr}`;
}

/** Octets of code and constant data in an object file. */
export function codeSize(chip: Chip, object: string): number {
	const { stdout } = spawnSync(`${chip.prefix}-size`, [object], { encoding: "utf8" });
	return Number(/^\s*(\d+)/m.exec(stdout.split("\n")[1] ?? "")?.[1]);
}
