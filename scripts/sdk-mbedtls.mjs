// The ESP32's P-256, by mbedTLS, on the desktop's XS over Debian's libmbedtls: code that otherwise only runs on a chip.
import { spawnSync } from "node:child_process";
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { buildHost, find, root, run } from "./sdk-tools.mjs";

const HEADER = "/usr/include/psa/crypto.h";
/** A program in which both sides of a known answer agree. */
const program = ({ random, dh }) => `import { newKeyPair } from "lightweight-secure-tcp/p256/key-pair";
const octets = (hex) => Uint8Array.from(hex.match(/../g), (digits) => Number.parseInt(digits, 16));
const [client, server] = [newKeyPair(octets("${random.clientScalar}")), newKeyPair(octets("${random.serverScalar}"))];
const expected = String(octets("${dh}"));
trace("agree: " + (String(client.agree(server.share)) === expected && String(server.agree(client.share)) === expected) + "\\n");
try {
	client.agree(new Uint8Array(64));
} catch (error) {
	trace("refused: " + error.message + "\\n");
}
`;

/** Returns a line and whether it succeeded; undefined if there is no mbedTLS here. */
export function checkMbedTls() {
	if (!existsSync(HEADER)) return undefined;
	const { cases } = JSON.parse(readFileSync(join(root, "host-tests", "vectors", "secure.json"), "utf8"));
	const folder = mkdtempSync(join(tmpdir(), "lst-mbedtls-"));
	try {
		writeFileSync(join(folder, "main.js"), program(cases.find(({ suite }) => suite === 2)));
		const source = (...names) => join(root, "src", ...names);
		const manifest = {
			include: ["$(MODDABLE)/examples/manifest_base.json", "$(MODDABLE)/examples/manifest_typings.json"],
			modules: {
				"*": "./main",
				"lightweight-secure-tcp/core/octets": source("core", "octets"),
				"lightweight-secure-tcp/p256/key-pair": source("p256", "key-pair"),
				"lightweight-secure-tcp/p256/*": source("p256", "mbedtls", "*"),
			},
		};
		writeFileSync(join(folder, "manifest.json"), JSON.stringify(manifest));
		mkdirSync(join(folder, "out"));
		const env = { C_INCLUDE_PATH: source("native") };
		const args = ["-m", "-p", "lin", "-t", "build", "-o", join(folder, "out")];
		const built = run("mcconfig", args, { cwd: folder, env, encoding: "utf8", stdio: "pipe" });
		const library = built.status === 0 && find(join(folder, "out"), "mc.so");
		// It does not end by itself.
		const options = { env: { ...process.env, LD_PRELOAD: "libmbedcrypto.so" }, encoding: "utf8", timeout: 3_000 };
		const ran = library && spawnSync(buildHost(), [library], options);
		const ok = ran ? ran.stdout === "agree: true\nrefused: P-256 failed\n" : false;
		const said = ok ? "" : `\n${built.stdout}${built.stderr}${ran?.stdout}${ran?.stderr}`;
		return { ok, line: `the ESP32's P-256, by mbedTLS, on the desktop's XS${said}` };
	} finally {
		rmSync(folder, { recursive: true });
	}
}
