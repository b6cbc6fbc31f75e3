// What wants the Moddable SDK (MODDABLE set, its tools built): `node scripts/sdk.mjs selftest | build PLATFORM | sim | deploy …`.
import { spawn, spawnSync } from "node:child_process";
import { existsSync, mkdirSync, readdirSync, statSync } from "node:fs";
import { delimiter, join } from "node:path";

const root = join(import.meta.dirname, "..");
const output = join(root, "build", "sdk");
const { MODDABLE } = process.env;
const tools = MODDABLE && join(MODDABLE, "build", "bin", "lin", "release");

/** Why the SDK cannot be used here; undefined where it can. */
export function missingSdk() {
	if (!MODDABLE) return "MODDABLE is not set";
	if (process.platform !== "linux") return "only Linux is tried";
	return existsSync(join(tools, "mcconfig")) ? undefined : `there is no mcconfig in ${tools}`;
}

function run(command, args, options = {}) {
	const PATH = [process.env.PATH, tools, join(root, "node_modules", ".bin")].join(delimiter);
	const result = spawnSync(command, args, { stdio: "inherit", ...options, env: { ...process.env, PATH } });
	if (result.error) console.error(`${command}: ${result.error.message}`);
	return result;
}

/** Runs mcconfig in a folder with a manifest; the build's folder is named for it. Answers whether it went well. */
function mcconfig(folder, platform, target = "build") {
	const into = join(output, `${folder.replaceAll("/", "-")}-${platform.replaceAll("/", "-")}`);
	mkdirSync(into, { recursive: true });
	const args = ["-m", "-p", platform, "-t", target, "-o", into];
	return run("mcconfig", args, { cwd: join(root, folder) }).status === 0 ? into : undefined;
}

function find(folder, name) {
	for (const entry of readdirSync(folder)) {
		const path = join(folder, entry);
		if (entry === name) return path;
		const found = statSync(path).isDirectory() ? find(path, name) : undefined;
		if (found) return found;
	}
	return undefined;
}

/** Compiles the little host that runs a desktop build without a window. */
function buildHost() {
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

/** Builds a folder's manifest for the desktop and runs it without a window. Answers its exit status and output. */
export function runHeadless(folder) {
	const host = buildHost();
	const built = host && mcconfig(folder, "lin");
	if (!built) return { status: 1, stdout: "" };
	return run(host, [find(built, "mc.so")], {
		encoding: "utf8",
		stdio: ["ignore", "pipe", "inherit"],
		timeout: 300_000,
	});
}

const [verb, ...args] = process.argv.slice(2);
if (verb) {
	const missing = missingSdk();
	if (missing) {
		console.error(`this wants the Moddable SDK: ${missing}`);
		process.exit(1);
	}
	if (verb === "selftest") {
		const { status, stdout } = runHeadless("boards/selftest");
		process.stdout.write(stdout);
		process.exit(status ?? 1);
	}
	if (verb === "build") process.exit(mcconfig(args[0], args[1]) ? 0 : 1);
	if (verb === "deploy") process.exit(mcconfig(args[0], args[1], "all") ? 0 : 1);
	if (verb === "host") spawn(buildHost(), args, { stdio: "inherit" });
}
