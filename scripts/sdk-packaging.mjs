// An application outside this repository uses the library in each of the ways that the SDK's users know.
import { spawnSync } from "node:child_process";
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { buildHost, find, root, run } from "./sdk-tools.mjs";

const SOURCE = `import { Key, LightweightSecureClient, LightweightSecureServer } from "lightweight-secure-tcp";
const key = new Key(Key.randomOctets());
const server = new LightweightSecureServer({
	key, format: "string", allowSelfConnection: true,
	onServerStarted({ port }) { new LightweightSecureClient({ key, host: "127.0.0.1", port, format: "string" }).connect().then((session) => session.send("hello")); },
	onHandshakeSuccess(session) {
		session.onMessageReceived = (message) => trace("the server received " + message + " by " + session.suite + "\\n");
	},
});
server.start();
`;

/** Slots; the SDK's 256 for the ESP8266 are too few for a handshake. */
const LEAST_STACK = 480;
const P256 = "a manifest that has suite 0x02 as well";
const MODES = "a manifest that has the modes of `crypt` in place of the native AEAD";
const ways = {
	"a manifest that includes it by path": (folder) => manifest(folder, join(root, "src", "manifest.json")),
	"a manifest that includes it by git, as it is committed": (folder) =>
		manifest(folder, { git: `file://${root}`, manifest: "./src/manifest.json" }),
	[MODES]: (folder) =>
		manifest(folder, join(root, "src", "manifest.json"), join(root, "src", "modes", "manifest.json")),
	[P256]: (folder) => manifest(folder, join(root, "src", "manifest.json"), join(root, "src", "p256", "manifest.json")),
	"mcpack, from the tarball for npm": unpack,
};

/** Builds and runs each for the desktop. Yields a line and whether it succeeded. */
export function* checkPackaging() {
	for (const [way, prepare] of Object.entries(ways)) {
		const folder = mkdtempSync(join(tmpdir(), "lst-app-"));
		try {
			writeFileSync(join(folder, "main.js"), SOURCE);
			const [command, ...args] = prepare(folder);
			const build = [...args, "-m", "-p", "lin", "-t", "build", "-o", join(folder, "out")];
			mkdirSync(join(folder, "out"));
			const built = run(command, build, { cwd: folder, encoding: "utf8", stdio: "pipe" });
			const library = built.status === 0 ? find(join(folder, "out"), "mc.so") : undefined;
			const ran = library && spawnSync(buildHost(), [library], { encoding: "utf8", timeout: 3_000 });
			// `src/modes` is built in exactly where it is asked for.
			const aead = library && readFileSync(find(join(folder, "out"), "aead.xsb"), "latin1");
			const stack = library ? Number(/^CREATION = -c (?:\d+,){4}(\d+)/m.exec(readMakefile(folder))?.[1]) : 0;
			const received = `the server received hello by ${way === P256 ? "psk-p256" : "psk"}\n`;
			const ok =
				ran?.stdout.includes(received) && aead.includes("BlockCipher") === (way === MODES) && stack >= LEAST_STACK;
			yield { ok, line: `an application uses the library by ${way}${ok ? "" : `\n${built.stdout}${built.stderr}`}` };
		} finally {
			rmSync(folder, { recursive: true });
		}
	}
}

/** Whether an ESP32's firmware has the accelerator in place of the SDK's AES if it asks for that; its C is not compiled. */
export function checkAccelerator() {
	const folder = mkdtempSync(join(tmpdir(), "lst-app-"));
	try {
		writeFileSync(join(folder, "main.js"), SOURCE);
		manifest(folder, join(root, "src", "manifest.json"), join(root, "src", "esp-idf", "aes", "manifest.json"));
		const args = ["-p", "esp32", "-o", folder];
		const made = run("mcconfig", args, { cwd: folder, env: { IDF_PATH: "/idf" }, encoding: "utf8", stdio: "pipe" });
		const makefile = made.status === 0 ? readFileSync(find(join(folder, "tmp"), "makefile"), "utf8") : "";
		const compiles = (name) => makefile.includes(`$(TMP_DIR)/${name}.c.o`);
		const includes = /^C_INCLUDES = .*$/m.exec(makefile)?.[0] ?? "";
		const ok =
			compiles("lstcp_esp_aes") &&
			!compiles("lstcp_aes") &&
			includes.includes("\t-I/idf/components/mbedtls/port/include\t");
		const line = "an ESP32's firmware has its accelerator in place of the SDK's AES; its C was not compiled";
		return { ok, line: ok ? line : `${line}\n${made.stdout}${made.stderr}${includes}` };
	} finally {
		rmSync(folder, { recursive: true });
	}
}

const readMakefile = (folder) => readFileSync(find(join(folder, "out", "tmp"), "makefile"), "utf8");

function manifest(folder, ...include) {
	const content = { include: ["$(MODDABLE)/examples/manifest_base.json", ...include], modules: { "*": "./main" } };
	writeFileSync(join(folder, "manifest.json"), JSON.stringify(content));
	return ["mcconfig"];
}

function unpack(folder) {
	const installed = join(folder, "node_modules", "lightweight-secure-tcp");
	mkdirSync(installed, { recursive: true });
	run("npm", ["pack", "--ignore-scripts", "--pack-destination", folder], { cwd: root, stdio: "ignore" });
	const tarball = readdirSync(folder).find((name) => name.endsWith(".tgz"));
	run("tar", ["-xzf", join(folder, tarball), "-C", installed, "--strip-components=1"]);
	const dependencies = { "lightweight-secure-tcp": "*" };
	const content = { name: "lst-app", version: "1.0.0", type: "module", main: "main.js", dependencies };
	writeFileSync(join(folder, "package.json"), JSON.stringify(content));
	return ["mcpack", "mcconfig"];
}
