// What wants the Moddable SDK: MODDABLE set, its tools built. The scripts of package.json call it.
import { spawn, spawnSync } from "node:child_process";
import { randomBytes } from "node:crypto";
import {
	copyFileSync,
	existsSync,
	mkdirSync,
	readdirSync,
	readFileSync,
	rmSync,
	statSync,
	writeFileSync,
} from "node:fs";
import { delimiter, dirname, join } from "node:path";

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
	const env = { ...process.env, ...options.env, PATH };
	const result = spawnSync(command, args, { stdio: "inherit", ...options, env });
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
function runHeadless(folder) {
	const host = buildHost();
	const built = host && mcconfig(folder, "lin");
	if (!built) return { status: 1, stdout: "" };
	return run(host, [find(built, "mc.so")], {
		encoding: "utf8",
		stdio: ["ignore", "pipe", "inherit"],
		timeout: 300_000,
	});
}

/**
 * Compiles a board's firmware for its chip and links the bytecode, up to where the chip's own C compiler is wanted.
 * Answers whether it went well. A board without a key gets one that is thrown away.
 */
function bytecode(board, platform) {
	const folder = join(root, "boards", board);
	const into = join(output, `bytecode-${platform.replaceAll("/", "-")}`);
	// What mcconfig and the makefiles look for before they would compile any C.
	const chips = join(output, "no-toolchain");
	for (const name of ["esp8266-2.3.0", "ESP8266_RTOS_SDK", "toolchain/Linux/xtensa-lx106-elf"])
		mkdirSync(join(chips, name), { recursive: true });
	mkdirSync(into, { recursive: true });
	const env = { ESP_BASE: chips, IDF_PATH: chips };
	const secrets = join(folder, "secrets.json");
	const made = !existsSync(secrets);
	if (made) writeFileSync(secrets, JSON.stringify({ config: { key: randomBytes(32).toString("hex") } }));
	try {
		const configured = run("mcconfig", ["-p", platform, "-o", into], { cwd: folder, env });
		const makefile = configured.status === 0 && find(into, "makefile");
		if (!makefile) return false;
		const linked = join(dirname(makefile), "mc.xs.c");
		// The ESP-IDF's own configuration is for its C; an empty one in its place is not to be made anew.
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
		return status === 0 && existsSync(linked);
	} finally {
		if (made) rmSync(secrets);
	}
}

/** What an ESP8266 has for slots and chunks together, in octets. */
const ESP8266_MEMORY = 32_768;

/**
 * Has two clients echo 1 KiB messages with a server of two sessions that XS gives only the memory it asks for. Answers
 * the octets set aside for slots and chunks at the end, where a slot has the 16 octets that it has on a chip.
 */
async function serverMemory() {
	const { Key, LightweightSecureClient } = await import("../build/src/node/index.js");
	const octets = Key.randomOctets();
	const key = new Key(octets);
	const host = buildHost();
	const built = host && mcconfig("boards/memory", "lin", "build", [`key=${Buffer.from(octets).toString("hex")}`]);
	if (!built) return Number.NaN;
	const device = spawn(host, [find(built, "mc.so")], { stdio: ["ignore", "pipe", "inherit"] });
	let traced = "";
	try {
		const listening = new Promise((resolve, reject) => {
			device.stdout.on("data", (chunk) => {
				traced += chunk;
				if (traced.includes("listening")) resolve();
			});
			device.once("exit", () => reject(new Error("the device ended")));
		});
		await listening;
		const talk = async () => {
			const client = new LightweightSecureClient({ key, host: "127.0.0.1", port: 7100 });
			const session = await client.connect();
			const message = new Uint8Array(1024).fill(7);
			session.send(message);
			let echoed = 0;
			for await (const _ of session) {
				if (++echoed === 200) break;
				session.send(message);
			}
			await session.close();
		};
		await Promise.all([talk(), talk()]);
	} catch (error) {
		console.error(error.message);
		return Number.NaN;
	} finally {
		device.kill();
	}
	const [, slots, chunks] = /400 messages: (\d+) slots of \d+ octets, (\d+) octets of chunks/.exec(traced) ?? [];
	console.log(`     ${slots} slots and ${chunks} octets of chunks`);
	return slots * 16 + Number(chunks);
}

/** The selftest on the SDK's XS, a server's memory, and each board's bytecode. Answers `{ passed, failed }`. */
export async function testWithSdk() {
	const { stdout } = runHeadless("boards/selftest");
	process.stdout.write(stdout);
	const counts = /^(\d+) passed, (\d+) failed$/m.exec(stdout);
	let [passed, failed] = counts ? counts.slice(1).map(Number) : [0, 1];
	const tell = (ok, line) => {
		console.log(`${ok ? "ok  " : "FAIL"} ${line}`);
		if (ok) passed++;
		else failed++;
	};
	const used = await serverMemory();
	tell(
		used <= ESP8266_MEMORY,
		`a server with two sessions that echo 1 KiB: ${used} of ${ESP8266_MEMORY} octets of slots and chunks`,
	);
	for (const [board, platform] of [
		["esp8266", "esp"],
		["esp32", "esp32"],
		["esp32", "esp32/esp32c3"],
		["m5stack", "esp32/m5stack"],
	]) {
		const linked = bytecode(board, platform);
		tell(linked, `boards/${board}: bytecode for ${platform}; its C was not compiled, for lack of the chip's toolchain`);
	}
	return { passed, failed };
}

if (process.argv[1] === import.meta.filename) {
	const [verb, board, platform] = process.argv.slice(2);
	const missing = missingSdk();
	if (missing) {
		console.error(`this wants the Moddable SDK: ${missing}`);
		process.exit(1);
	}
	if (verb === "selftest") {
		const { passed, failed } = await testWithSdk();
		console.log(`${passed} passed, ${failed} failed`);
		process.exit(failed ? 1 : 0);
	}
	if (verb === "build") process.exit(mcconfig(board, platform) ? 0 : 1);
	if (verb === "deploy") process.exit(mcconfig(`boards/${board}`, platform ?? platformOf(board), "all") ? 0 : 1);
	if (verb === "sim") await simulate();
}
