// The tools of the Moddable SDK: MODDABLE set, its tools built.
import { spawnSync } from "node:child_process";
import { existsSync, mkdirSync, readdirSync, readFileSync, statSync } from "node:fs";
import { delimiter, join } from "node:path";

export const root = join(import.meta.dirname, "..");
export const output = join(root, "build", "sdk");
export const { MODDABLE } = process.env;
export const tools = MODDABLE && join(MODDABLE, "build", "bin", "lin", "release");

/** Why the SDK cannot be used here; undefined if it can. */
export function missingSdk() {
	if (!MODDABLE) return "MODDABLE is not set";
	if (process.platform !== "linux") return "only Linux is tried";
	return existsSync(join(tools, "mcconfig")) ? undefined : `there is no mcconfig in ${tools}`;
}

export function run(command, args, options = {}) {
	const PATH = [process.env.PATH, tools, join(root, "node_modules", ".bin")].join(delimiter);
	const env = { ...process.env, ...options.env, PATH };
	const result = spawnSync(command, args, { stdio: "inherit", ...options, env });
	if (result.error) console.error(`${command}: ${result.error.message}`);
	return result;
}

/** Runs mcconfig in a folder with a manifest; the build's folder is named for it. Returns whether it succeeded. */
export function mcconfig(folder, platform, target = "build", settings = []) {
	const board = folder.replace("boards/", "");
	if (wantsSecrets(folder) && !existsSync(join(root, folder, "secrets.json"))) {
		console.error(`${folder} has no key: run \`npm run -s lst -- keygen --board ${board}\`, and see boards/README.md`);
		return undefined;
	}
	const into = join(output, `${folder.replaceAll("/", "-")}-${platform.replaceAll("/", "-")}`);
	mkdirSync(into, { recursive: true });
	const args = ["-m", "-p", platform, "-t", target, "-o", into, ...settings];
	return run("mcconfig", args, { cwd: join(root, folder) }).status === 0 ? into : undefined;
}

export const wantsSecrets = (folder) =>
	readFileSync(join(root, folder, "manifest.json"), "utf8").includes("./secrets.json");

export function find(folder, name) {
	for (const entry of readdirSync(folder)) {
		const path = join(folder, entry);
		if (entry === name) return path;
		const found = statSync(path).isDirectory() ? find(path, name) : undefined;
		if (found) return found;
	}
	return undefined;
}

let builtHost;

/** The small host that runs a desktop build without a window, compiled once; undefined if that fails. */
export function buildHost() {
	builtHost ??= compileHost();
	return builtHost;
}

function compileHost() {
	const host = join(output, "host");
	const flags =
		spawnSync("pkg-config", ["--cflags", "--libs", "glib-2.0"], { encoding: "utf8" }).stdout?.trim().split(/\s+/) ?? [];
	const include = `-I${join(MODDABLE, "build", "simulators", "modules")}`;
	mkdirSync(output, { recursive: true });
	const { status } = run("cc", [
		"-Wall",
		"-O1",
		"-rdynamic",
		"-o",
		host,
		join(root, "boards", "host.c"),
		include,
		...flags,
		"-ldl",
	]);
	return status === 0 ? host : undefined;
}
