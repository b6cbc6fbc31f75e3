import { spawnSync } from "node:child_process";
import { existsSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

const folder = fileURLToPath(new URL("../../xs/", import.meta.url));
const engine = join(folder, "node_modules", "@agoric", "xsnap");
const platforms: Partial<Record<NodeJS.Platform, string>> = { linux: "lin", darwin: "mac" };

export interface Engine {
	/** The worker; undefined if there is none. */
	readonly binary: string | undefined;
	/** The engine's name and version, or why there is none. */
	readonly description: string;
}

const present = (command: string) => spawnSync(command, ["--version"], { stdio: "ignore" }).status === 0;

/** The XS engine. It is installed and built on first use, which takes a minute, and then kept. */
export function findEngine(say: (line: string) => void): Engine {
	const platform = platforms[process.platform];
	if (!platform) return { binary: undefined, description: `XS is not built on ${process.platform}` };
	const native = join(engine, "xsnap-native", "xsnap");
	const binary = join(native, "build", "bin", platform, "release", "xsnap-worker");
	if (!existsSync(binary)) {
		const lacking = ["cc", "make"].filter((command) => !present(command));
		if (lacking.length)
			return { binary: undefined, description: `XS wants to be built, and there is no ${lacking.join(" and no ")}` };
		say("building the XS engine, which takes a minute and is done once");
		const installed = run("npm", ["ci", "--ignore-scripts", "--no-audit", "--no-fund"], folder);
		const makefiles = join(native, "makefiles", platform);
		const flags = [
			`MODDABLE=${join(engine, "moddable")}`,
			"GOAL=release",
			"XSNAP_VERSION=0.15.0",
			'CC=cc "-D__has_builtin(x)=1"',
		];
		const built = installed && run("make", [...flags, "EXTRA_DEPS=", "-f", "xsnap-worker.mk"], makefiles);
		if (!built || !existsSync(binary)) return { binary: undefined, description: "XS could not be built; see above" };
	}
	return { binary, description: "XS 13.3, from @agoric/xsnap 0.15.0" };
}

function run(command: string, args: string[], cwd: string): boolean {
	const { status, stdout, stderr } = spawnSync(command, args, { cwd, encoding: "utf8" });
	if (status !== 0) process.stderr.write(`${stdout}${stderr}`);
	return status === 0;
}
