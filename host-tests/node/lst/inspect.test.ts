import assert from "node:assert/strict";
import { existsSync, mkdirSync, readFileSync, rmSync } from "node:fs";
import { join } from "node:path";
import { assertSentence, commandLine } from "../../helpers/lst.js";

describe("lst inspect", () => {
	const { connect, file, folder, listening, run } = commandLine();

	const capture = file("capture");

	before(async () => {
		const { port } = await listening("--echo", "--capture", file("server-capture"));
		await connect(port, "hello\n", "--suites", "psk", "--capture", capture);
		await connect(port, "again\n", "--suites", "psk");
	});

	it("explains what was captured, and with the key opens and checks it", async () => {
		const sealed = await run(["inspect", capture]);
		assert.equal(sealed.code, 0);
		assert.match(sealed.out, /> HandshakeRequest +59 octets +suite 0x01 \(psk\), key id [0-9a-f]{16}/);
		assert.match(sealed.out, /> RegularMessage +24 octets +5 octets of plaintext\n/);
		assert.match(sealed.out, /without the key nothing was opened/);
		const opened = await run(["inspect", capture, "--key-file", file("key")]);
		assert.equal(opened.code, 0);
		assert.match(opened.out, /sum and XOR are right/);
		assert.match(opened.out, /the answer is right/);
		assert.match(
			opened.out,
			/> RegularMessage .*opens: "hello"\n< RegularMessage .*opens: "hello"\n> Disconnect .*reason 0/,
		);
	});

	it("with suite psk-p256, opens the handshake with the key, but no record", async () => {
		const { server, port } = await listening("--echo", "--suites", "psk-p256", "--json");
		const { code } = await connect(port, "secret\n", "--capture", file("forward-secret"));
		assert.equal(code, 0);
		await server.wrote("stderr", /session 1 with [^\n]*, suite psk-p256\n/);
		await server.wrote("stdout", /"event":"session".*"suite":"psk-p256"/);
		const opened = await run(["inspect", file("forward-secret"), "--key-file", file("key")]);
		assert.equal(opened.code, 0);
		assert.match(opened.out, /> HandshakeRequest +123 octets +suite 0x02 \(psk-p256\),.*a public key of P-256\n/);
		assert.match(opened.out, /< HandshakeResponse +114 octets.*sum and XOR are right.*a public key of P-256\n/);
		assert.match(opened.out, /> RegularMessage .*not opened: the suite has forward secrecy/);
		assert.doesNotMatch(opened.out, /secret"/);
		const refused = await connect(port, "hello\n", "--suites", "psk");
		assert.equal(refused.code, 3);
		assertSentence(refused, /compare the key ids and the `--suites` of both sides/);
		await server.wrote("stderr", /asked for a suite that is not in this side's list/);
		assert.equal((await connect(port, "hello\n", "--suites", "psk,none")).code, 1);
	});

	it("does not show a next key that was handed over", async () => {
		const { port } = await listening("--echo");
		const line = `\0lst next-key ${"5ac1".repeat(16)} id\n`;
		await connect(port, line, "--suites", "psk", "--capture", file("rotation"));
		const { out } = await run(["inspect", file("rotation"), "--key-file", file("key")]);
		assert.match(out, /opens: a next key, which is not shown\n/);
		assert.match(out, /refused lst does not accept a next key/);
		assert.ok(!out.includes("5ac1"));
	});

	it("captures of both sides have the same octets, and each connection of a server has its own file", async () => {
		const octets = (name: string, direction: string) =>
			readFileSync(name, "utf8")
				.split("\n")
				.filter((line) => line.startsWith(direction))
				.map((line) => line.slice(2))
				.join("");
		for (const direction of [">", "<"])
			assert.equal(octets(file("server-capture"), direction), octets(capture, direction));
		const again = await run(["inspect", `${file("server-capture")}.2`, "--key-file", file("key")]);
		assert.match(again.out, /opens: "again"/);
		assert.ok(!existsSync(`${file("server-capture")}.3`));
	});

	it("reads standard input, and exits with 4 on an altered record, another key, missing octets or HTTP", async () => {
		const lines = readFileSync(capture, "utf8");
		const altered = lines.replace(/^(> 01.*)(.)$/m, (_, head, last) => head + (last === "0" ? "1" : "0"));
		assert.notEqual(altered, lines);
		const wrong = await run(["inspect", "-", "--key-file", file("key")], altered);
		assert.equal(wrong.code, 4);
		assert.match(wrong.out, /✘ does not open/);
		const other = await run(["inspect", capture, "--key-file", file("other")]);
		assert.equal(other.code, 4);
		assert.match(other.out, /sealed under another key/);
		const torn = await run(["inspect", "-"], lines.slice(0, -11));
		assert.equal(torn.code, 4);
		assert.match(torn.out, /end within a packet/);
		const http = await run(["inspect", "-"], `> ${Buffer.from("GET / HTTP/1.1").toString("hex")}\n`);
		assert.equal(http.code, 4);
		assert.match(http.out, /it looks like HTTP/);
	});

	it("a capture that cannot be written is reported, and the server serves on", async () => {
		const gone = join(folder, "gone");
		assertSentence(
			await run(["listen", "--key-file", file("key"), "--capture", join(gone, "capture")]),
			/no such file/,
		);
		mkdirSync(gone);
		const { server, port } = await listening("--echo", "--capture", join(gone, "capture"));
		rmSync(gone, { recursive: true });
		for (let i = 0; i < 2; i++) assert.equal((await connect(port, "hello\n")).out, "hello\n");
		await server.wrote("stderr", /the capture cannot be written/);
	});

	it("exits with 1 if the file is missing or no capture", async () => {
		for (const [args, input, pattern] of [
			[["inspect", file("missing")], "", /there is no file/],
			[["inspect", "-"], "hello\n", /line 1 of - is not/],
			[["inspect", "-"], "> 0\n", /line 1 of - is not/],
		] as const) {
			const result = await run([...args], input);
			assert.equal(result.code, 1);
			assertSentence(result, pattern);
		}
	});
});
