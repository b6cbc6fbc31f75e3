// A board's firmware for its chip, up to where the chip's C compiler would be needed.
import { randomBytes } from "node:crypto";
import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { find, output, root, run, wantsSecrets } from "./sdk-tools.mjs";

/**
 * Compiles a board's modules and links them. Returns the octets of each module's bytecode by name, undefined if that failed. A board
 * without a key gets a temporary one.
 */
export function linkFirmware(board, platform) {
	const folder = join(root, "boards", board);
	const into = join(output, `bytecode-${board}-${platform.replaceAll("/", "-")}`);
	// mcconfig and the makefiles look for these before they compile any C.
	const chips = join(output, "no-toolchain");
	for (const name of ["esp8266-2.3.0", "ESP8266_RTOS_SDK", "toolchain/Linux/xtensa-lx106-elf"])
		mkdirSync(join(chips, name), { recursive: true });
	// From scratch, so that modules which no longer exist are not linked.
	rmSync(into, { recursive: true, force: true });
	mkdirSync(into, { recursive: true });
	const env = { ESP_BASE: chips, IDF_PATH: chips };
	return withSecrets(board, () => {
		const configured = run("mcconfig", ["-p", platform, "-o", into], { cwd: folder, env });
		const makefile = configured.status === 0 && find(into, "makefile");
		if (!makefile) return undefined;
		const linked = join(dirname(makefile), "mc.xs.c");
		// The ESP-IDF's configuration is only for its C: an empty one takes its place, which make is not to rebuild (`-o`).
		const configs = ["esp32", "esp32c3"].map((chip) =>
			join(dirname(makefile), `xsProj-${chip}`, "build/config/sdkconfig.h"),
		);
		for (const config of configs) {
			mkdirSync(dirname(config), { recursive: true });
			writeFileSync(config, "");
		}
		const old = configs.flatMap((config) => ["-o", config]);
		const args = ["--silent", "-f", makefile, ...old, linked, "IDF_VERSION=none"];
		const { status, stdout, stderr } = run("make", args, { cwd: folder, env, encoding: "utf8", stdio: "pipe" });
		if (status !== 0) process.stderr.write(`${stdout}${stderr}`);
		return status === 0 && existsSync(linked) ? modulesOf(readFileSync(linked, "utf8")) : undefined;
	});
}

/** From the linker's table of scripts: code, its octets, and behind them the module's name. */
const modulesOf = (linked) =>
	Object.fromEntries(
		[...linked.matchAll(/\(txS1\*\)gxCode\d+, (\d+), [^"]*"([^"]+)"/g)].map(([, size, name]) => [name, Number(size)]),
	);

/** Calls `action` with a `secrets.json` in a board's folder, a temporary one if there is none. */
export function withSecrets(board, action) {
	const secrets = join(root, "boards", board, "secrets.json");
	const made = wantsSecrets(`boards/${board}`) && !existsSync(secrets);
	if (made) writeFileSync(secrets, JSON.stringify({ config: { key: randomBytes(32).toString("hex") } }));
	try {
		return action();
	} finally {
		if (made) rmSync(secrets);
	}
}
