import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { cpSync, mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

const root = fileURLToPath(new URL("../../../", import.meta.url));

describe("the package", () => {
	const folder = mkdtempSync(join(tmpdir(), "lst-package-"));
	const installed = join(folder, "node_modules", "lightweight-secure-tcp");
	const node = (...args: string[]) => spawnSync(process.execPath, args, { cwd: folder, encoding: "utf8" });

	before(() => {
		const pack = ["pack", "--ignore-scripts", "--pack-destination", folder];
		const packed = spawnSync("npm", pack, { cwd: root, encoding: "utf8" });
		assert.equal(packed.status, 0, packed.stderr);
		const tarball = readdirSync(folder).find((name) => name.endsWith(".tgz"))!;
		mkdirSync(installed, { recursive: true });
		const untar = ["-xzf", join(folder, tarball), "-C", installed, "--strip-components=1"];
		assert.equal(spawnSync("tar", untar).status, 0);
		cpSync(join(root, "node_modules", "commander"), join(folder, "node_modules", "commander"), { recursive: true });
	});

	after(() => rmSync(folder, { recursive: true }));

	it("serves and connects on plain Node.js when installed from its tarball", () => {
		writeFileSync(
			join(folder, "use.mjs"),
			`import { Key, LightweightSecureClient, LightweightSecureServer } from "lightweight-secure-tcp";
			const key = new Key(Key.randomOctets());
			const server = new LightweightSecureServer({ key, host: "127.0.0.1", format: "string", allowSelfConnection: true,
				onHandshakeSuccess(session) { session.onMessageReceived = (message) => session.send("you said " + message); } });
			const { port } = await server.start();
			const client = new LightweightSecureClient({ key, host: "127.0.0.1", port, format: "string" });
			const session = await client.connect();
			session.send("hello");
			for await (const message of session) { console.log(message); break; }
			await client.close();
			await server.close();`,
		);
		const { stdout, stderr } = node("use.mjs");
		assert.equal(stdout, "you said hello\n", stderr);
	});

	it("contains the lst command, which runs the demo", () => {
		const lst = join(installed, "build", "src", "node", "lst", "main.js");
		const demo = node(lst, "demo", "--rounds", "2");
		assert.equal(demo.status, 0, demo.stderr);
		assert.match(demo.stdout, /engine +Node\.js/);
		assert.match(demo.stderr, /no XS engine/);
	});

	it("contains the device's sources, but no boards, no tests and no manifest at its root", () => {
		const names = readdirSync(installed);
		assert.ok(!names.includes("manifest.json"));
		assert.ok(readdirSync(join(installed, "src")).includes("manifest.json"));
		assert.ok(!names.includes("boards") && !names.includes("host-tests"));
	});
});
