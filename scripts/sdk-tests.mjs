// What is tested where the Moddable SDK is; `npm run test:sdk`, and `npm test` there.
import { spawn } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { linkFirmware, withSecrets } from "./sdk-firmware.mjs";
import { checkMbedTls } from "./sdk-mbedtls.mjs";
import { serverMemory } from "./sdk-memory.mjs";
import { checkAccelerator, checkPackaging } from "./sdk-packaging.mjs";
import { checkProvisioning } from "./sdk-provisioning.mjs";
import { buildHost, find, mcconfig, run } from "./sdk-tools.mjs";

/** Builds a folder's manifest for the desktop and runs it without a window. Returns its exit status and output. */
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
		// Its working directory holds what is NVS on a device: empty.
		const cwd = mkdtempSync(join(tmpdir(), "lst-firmware-"));
		const device = spawn(buildHost(), [find(built, "mc.so")], { cwd, stdio: ["ignore", "pipe", "inherit"] });
		device.stdout.on("data", (chunk) => {
			traced += chunk;
			if (traced.includes("received ok 3")) device.kill();
		});
		const late = setTimeout(() => device.kill(), 10_000);
		await new Promise((resolve) => device.once("close", resolve));
		clearTimeout(late);
		rmSync(cwd, { recursive: true });
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
 * Returns `{ passed, failed }`.
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
	tell(checkAccelerator());
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
		const modules = linkFirmware(board, platform);
		// What a board has not asked for is not in it: neither the original profile nor suite 0x02.
		const carries = (module) => `lightweight-secure-tcp/core/${module}` in modules;
		const ok =
			modules !== undefined &&
			carries("original/xtea256") === (board === "original") &&
			carries("p256/p256") === /esp32|m5stack/.test(board);
		const line = `boards/${board}: bytecode for ${platform}; its C was not compiled, for lack of the chip's toolchain`;
		tell({ ok, line });
	}
	return { passed, failed };
}
