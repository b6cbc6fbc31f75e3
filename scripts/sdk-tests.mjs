// What is tested where the Moddable SDK is; `npm run test:sdk`, and `npm test` there.
import { firmwareSurvives, firmwareTalks } from "./sdk-desktop.mjs";
import { linkFirmware } from "./sdk-firmware.mjs";
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
	tell(await firmwareSurvives("esp8266"));
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
