// What wants the Moddable SDK (MODDABLE set, its tools built): `node scripts/sdk.mjs selftest | build PLATFORM | sim | deploy …`.
import { spawn, spawnSync } from "node:child_process";
import { copyFileSync, existsSync, mkdirSync, readdirSync, readFileSync, statSync } from "node:fs";
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
function mcconfig(folder, platform, target = "build", settings = []) {
	const board = folder.replace("boards/", "");
	if (wantsSecrets(folder) && !existsSync(join(root, folder, "secrets.json"))) {
		console.error(`${folder} has no key: run \`npm exec lst -- keygen --board ${board}\`, and see boards/README.md`);
		return undefined;
	}
	const into = join(output, `${folder.replaceAll("/", "-")}-${platform.replaceAll("/", "-")}`);
	mkdirSync(into, { recursive: true });
	const args = ["-m", "-p", platform, "-t", target, "-o", into, ...settings];
	return run("mcconfig", args, { cwd: join(root, folder) }).status === 0 ? into : undefined;
}

const wantsSecrets = (folder) => readFileSync(join(root, folder, "manifest.json"), "utf8").includes("./secrets.json");

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

const platformOf = (board) => ({ esp8266: "esp", m5stack: "esp32/m5stack" })[board] ?? board;

/** Two devices, both real firmware: a server without a window, and a client in the simulator. */
async function simulate() {
	const host = buildHost();
	const kept = (settings, name) => {
		const built = mcconfig("boards/sim", "lin", "build", settings);
		if (!built) process.exit(1);
		const copy = join(output, name);
		copyFileSync(find(built, "mc.so"), copy);
		return copy;
	};
	const server = spawn(host, [kept(["role=server"], "server.so")], { stdio: "inherit" });
	const simulator = join(tools, "mcsim");
	const window = spawn(
		simulator,
		[join(MODDABLE, "build", "simulators"), kept(["role=client", "host=127.0.0.1"], "client.so")],
		{ stdio: "ignore" },
	);
	window.once("exit", () => server.kill());
	process.once("SIGINT", () => window.kill());
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
	if (verb === "deploy") process.exit(mcconfig(`boards/${args[0]}`, args[1] ?? platformOf(args[0]), "all") ? 0 : 1);
	if (verb === "sim") await simulate();
}
