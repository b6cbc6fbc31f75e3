import assert from "node:assert/strict";
import { commandLine } from "../../helpers/lst.js";

describe("lst, the original profile", () => {
	const { connect, file, listening, run, start } = commandLine();

	it("is selected by --profile, warns, and is decoded by lst inspect", async () => {
		const { port, server } = await listening("--echo", "--profile", "original", "--rounds-xtea", "64");
		await server.wrote("stderr", /LightweightSecureWarning: .*not authenticated/);
		const chosen = ["--profile", "original", "--rounds-xtea", "64"];
		const { code, out } = await connect(port, "hello\nworld\n", ...chosen, "--capture", file("original"));
		assert.equal(out, "hello\nworld\n");
		assert.equal(code, 0);
		const opened = await run(["inspect", file("original"), "--key-file", file("key"), ...chosen]);
		assert.match(opened.out, /^< HandshakeRequest +25 octets {2}deciphered: a token and two numbers$/m);
		assert.match(opened.out, /^> HandshakeResponse +25 octets {2}deciphered: word, sum and XOR are right$/m);
		assert.match(opened.out, /^< HandshakeSuccess +33 octets {2}deciphered: the session key$/m);
		assert.match(opened.out, /^> RegularMessage +11 octets {2}5 octets of plaintext; deciphered: "hello"$/m);
		assert.match(opened.out, /^> Disconnect +1 octets {2}in the clear$/m);
		assert.equal(opened.code, 0);
		const other = await run(["inspect", file("original"), "--key-file", file("key"), "--profile", "original"]);
		assert.match(other.out, /✘ /);
		assert.equal(other.code, 4);
		const wrong = await connect(port, "hello\n");
		assert.match(wrong.err, /it looks like a server of the original profile/);
		assert.equal(wrong.code, 3);
		await server.wrote("stderr", /it looks like a client of the secure profile/);
	});

	it("leaves out a line that no message can carry, and its sessions continue", async () => {
		const { port, server } = await listening("--profile", "original");
		const one = start([
			"connect",
			"127.0.0.1",
			port,
			"--key-file",
			file("key"),
			"--profile",
			"original",
			"--linger",
			"5",
		]);
		await server.wrote("stderr", /session 1 with/);
		server.child.stdin.write("\nfirst\n");
		server.child.stdin.write(`${"x".repeat(65_530)}\nsecond\n`);
		await one.wrote("stdout", /first\nsecond\n/);
		await server.wrote("stderr", /empty, which no message can be here; it is left out/);
		await server.wrote("stderr", /longer than the 65528 octets that a message can have; it is left out/);
		const { code, err } = await connect(port, "\n", "--profile", "original");
		assert.equal(code, 1);
		assert.match(err, /session 1 ended: this side has finished/);
	});

	it("refuses options that it does not have", async () => {
		const { code, err } = await run(["listen", "--key-file", file("key"), "--profile", "original", "--context", "c"]);
		assert.match(err, /`--context` is not to be had in the original profile/);
		assert.equal(code, 1);
		assert.equal((await run(["listen", "--profile", "original", "--rounds-xtea", "129"])).code, 1);
		assert.equal((await run(["listen", "--profile", "plain"])).code, 1);
	});
});
