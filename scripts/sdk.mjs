// The scripts of package.json that need the Moddable SDK.
import { spawn } from "node:child_process";
import { copyFileSync, existsSync, mkdirSync, readdirSync } from "node:fs";
import { homedir } from "node:os";
import { join } from "node:path";
import { testWithSdk } from "./sdk-tests.mjs";
import { buildHost, find, MODDABLE, mcconfig, missingSdk, output, root, tools } from "./sdk-tools.mjs";

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
	const [serverLibrary, clientLibrary] = [
		kept(["role=server"], "server.so"),
		kept(["role=client", "host=127.0.0.1"], "client.so"),
	];
	// mcsim keeps its own copy there and does not make the folder.
	mkdirSync(join(homedir(), ".config", "tech.moddable.mcsim"), { recursive: true });
	// Their working directory holds what is NVS on a device.
	const server = spawn(host, [serverLibrary], { cwd: output, stdio: "inherit" });
	const window = spawn(join(tools, "mcsim"), [join(MODDABLE, "build", "simulators"), clientLibrary], {
		cwd: output,
		stdio: ["ignore", "ignore", "inherit"],
	});
	window
		.once("error", ({ message }) => console.error(message))
		.once("close", (code) => {
			server.kill();
			process.exitCode = code ?? 1;
		});
	for (const signal of ["SIGINT", "SIGTERM"]) process.once(signal, () => window.kill());
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
const boards = readdirSync(join(root, "boards")).filter((name) =>
	existsSync(join(root, "boards", name, "manifest.json")),
);
if (verb === "deploy" && !boards.includes(board)) {
	console.error(`npm run deploy -- BOARD [PLATFORM]: the boards are ${boards.join(", ")}`);
	process.exit(1);
}
if (verb === "build") process.exit(mcconfig(board, platform) ? 0 : 1);
if (verb === "deploy") process.exit(mcconfig(`boards/${board}`, platform ?? platformOf(board), "all") ? 0 : 1);
if (verb === "sim") await simulate();
