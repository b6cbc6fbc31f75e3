// What is tested where the Moddable SDK is; `npm run test:sdk`, and `npm test` there.
import { spawn } from "node:child_process";
import { randomBytes } from "node:crypto";
import { existsSync, mkdirSync, rmSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { checkMbedTls } from "./sdk-mbedtls.mjs";
import { serverMemory } from "./sdk-memory.mjs";
import { checkPackaging } from "./sdk-packaging.mjs";
import { checkProvisioning } from "./sdk-provisioning.mjs";
import { buildHost, find, mcconfig, output, root, run, wantsSecrets } from "./sdk-tools.mjs";

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
	const into = join(output, `bytecode-${board}-${platform.replaceAll("/", "-")}`);
	// What mcconfig and the makefiles look for before they would compile any C.
	const chips = join(output, "no-toolchain");
	for (const name of ["esp8266-2.3.0", "ESP8266_RTOS_SDK", "toolchain/Linux/xtensa-lx106-elf"])
		mkdirSync(join(chips, name), { recursive: true });
	mkdirSync(into, { recursive: true });
	const env = { ESP_BASE: chips, IDF_PATH: chips };
	return withSecrets(board, () => {
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
		// What a board has not asked for is not in it: neither the original profile nor suite 0x02.
		const carries = (module) => find(dirname(makefile), `${module}.xsb`) !== undefined;
		const asked = carries("xtea256") === (board === "original") && carries("p256") === /esp32|m5stack/.test(board);
		return status === 0 && existsSync(linked) && asked;
	});
}

/** Calls `action` with a `secrets.json` in a board's folder, one that is thrown away where there is none. */
function withSecrets(board, action) {
	const secrets = join(root, "boards", board, "secrets.json");
	const made = wantsSecrets(`boards/${board}`) && !existsSync(secrets);
	if (made) writeFileSync(secrets, JSON.stringify({ config: { key: randomBytes(32).toString("hex") } }));
	try {
		return action();
	} finally {
		if (made) rmSync(secrets);
	}
}

/** A board's firmware, with the stack that its manifest has, on the desktop as a client of a server on Node.js. */
async function firmwareTalks(board, suite) {
	const { Key, LightweightSecureServer } = await import("../build/src/node/index.js");
	const octets = Key.randomOctets();
	const server = new LightweightSecureServer({
		key: new Key(octets),
		host: "127.0.0.1",
		format: "string",
		onHandshakeSuccess(session) {
			session.onMessageReceived = (message) => session.send(`ok ${message.split(" ")[0]}`);
		},
	});
	const { port } = await server.start();
	const key = Buffer.from(octets).toString("hex");
	const settings = ["role=client", "host=127.0.0.1", `port=${port}`, `key=${key}`, "interval=50"];
	const built = withSecrets(board, () => mcconfig(`boards/${board}`, "lin", "build", settings));
	let traced = "";
	if (built) {
		const device = spawn(buildHost(), [find(built, "mc.so")], { stdio: ["ignore", "pipe", "inherit"] });
		device.stdout.on("data", (chunk) => {
			traced += chunk;
			if (traced.includes("received ok 3")) device.kill();
		});
		const late = setTimeout(() => device.kill(), 10_000);
		await new Promise((resolve) => device.once("close", resolve));
		clearTimeout(late);
	}
	await server.close();
	const ok = traced.includes("received ok 3") && traced.includes(`, suite ${suite}\n`);
	return {
		ok,
		line: `boards/${board}: its firmware as a client of suite ${suite}, with its stack, on the desktop${ok ? "" : `\n${traced}`}`,
	};
}

/**
 * The selftest on the SDK's XS, a server's memory, provisioning, the ways to use the library, and each board's bytecode.
 * Answers `{ passed, failed }`.
 */
export async function testWithSdk() {
	const { stdout } = runHeadless("boards/selftest");
	process.stdout.write(stdout);
	const counts = /^(\d+) passed, (\d+) failed$/m.exec(stdout);
	let [passed, failed] = counts ? counts.slice(1).map(Number) : [0, 1];
	const tell = ({ ok, line }) => {
		console.log(`${ok ? "ok  " : "FAIL"} ${line}`);
		if (ok) passed++;
		else failed++;
	};
	tell(await serverMemory());
	tell(await firmwareTalks("esp8266", "psk"));
	tell(await firmwareTalks("esp32", "psk-p256"));
	tell(await checkProvisioning());
	const mbedTls = checkMbedTls();
	if (mbedTls) tell(mbedTls);
	else console.log("skipped: the ESP32's P-256, by mbedTLS: there is no libmbedtls-dev");
	for (const check of checkPackaging()) tell(check);
	for (const [board, platform] of [
		["esp8266", "esp"],
		["esp32", "esp32"],
		["esp32", "esp32/esp32c3"],
		["m5stack", "esp32/m5stack"],
		["original", "esp"],
		["original", "esp32"],
		["provision", "esp"],
		["provision", "esp32"],
		["provision", "esp32/esp32c3"],
	]) {
		const ok = bytecode(board, platform);
		const line = `boards/${board}: bytecode for ${platform}; its C was not compiled, for lack of the chip's toolchain`;
		tell({ ok, line });
	}
	return { passed, failed };
}
