// What wants the Moddable SDK; the scripts of package.json call it.
import { spawn } from "node:child_process";
import { copyFileSync } from "node:fs";
import { join } from "node:path";
import { testWithSdk } from "./sdk-tests.mjs";
import { buildHost, find, MODDABLE, mcconfig, missingSdk, output, tools } from "./sdk-tools.mjs";

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
