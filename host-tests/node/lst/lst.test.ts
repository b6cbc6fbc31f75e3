import assert from "node:assert/strict";
import { spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import { chmodSync, existsSync, mkdirSync, readFileSync, statSync, writeFileSync } from "node:fs";
import * as net from "node:net";
import { join } from "node:path";
import { decodeRotation, encodeOffer } from "../../../src/core/rotation.js";
import { Key, LightweightSecureClient } from "../../../src/node/index.js";
import { assertSentence, command, commandLine, Lst, type Result } from "../../helpers/lst.js";

describe("lst", () => {
	const { connect, file, folder, listening, run, start } = commandLine();

	describe("keygen", () => {
		it("prints 64 hex digits, and the key's id on standard error", async () => {
			const { code, out, err } = await run(["keygen"]);
			assert.equal(code, 0);
			assert.match(out, /^[0-9a-f]{64}\n$/);
			assert.match(err, /^key id [0-9a-f]{16}\n$/);
		});

		it("writes a file that only its owner can read, and overwrites no file", async () => {
			assert.equal(statSync(file("key")).mode & 0o777, 0o600);
			const before = readFileSync(file("key"), "utf8");
			assert.match(before, /^[0-9a-f]{64}\n$/);
			const again = await run(["keygen", "--out", file("key")]);
			assert.equal(again.code, 1);
			assertSentence(again, /exists and is left as it is/);
			assert.equal(readFileSync(file("key"), "utf8"), before);
		});
	});

	it("keygen leaves no file behind that it could not write", function () {
		if (process.platform === "win32") return this.skip();
		const limited = `ulimit -f 0; exec "${process.execPath}" "${command}" keygen --out "${file("full")}"`;
		const { status, stderr } = spawnSync("sh", ["-c", `trap '' XFSZ; ${limited}`], { encoding: "utf8" });
		assert.equal(status, 1);
		assert.match(stderr, /cannot write .*full/);
		assert.ok(!existsSync(file("full")));
	});

	it("keygen --board writes the secrets.json of a board", async () => {
		mkdirSync(join(folder, "boards", "esp32"), { recursive: true });
		const lst = new Lst(["keygen", "--board", "esp32"], {}, folder);
		lst.child.stdin.end();
		assert.equal((await lst.finished).code, 0);
		const name = join(folder, "boards", "esp32", "secrets.json");
		assert.equal(statSync(name).mode & 0o777, 0o600);
		assert.match(JSON.parse(readFileSync(name, "utf8")).config.key, /^[0-9a-f]{64}$/);
		assert.equal((await run(["keygen", "--board", "x", "--out", "y"])).code, 1);
		const elsewhere = await run(["keygen", "--board", "x"]);
		assert.equal(elsewhere.code, 1);
		assertSentence(elsewhere, /there is no folder boards\/x here: run it in a clone/);
	});

	describe("listen and connect", () => {
		it("echo lines, and end the session cleanly once no more replies arrive", async () => {
			const { server, port } = await listening("--echo", "--once");
			const result = await connect(port, "hello\n\nwörld\nno newline at the end");
			assert.deepEqual([result.code, result.out], [0, "hello\n\nwörld\nno newline at the end\n"]);
			assert.match(result.err, /session 1 ended: this side has finished/);
			const served = await server.finished;
			assert.equal(served.code, 0);
			assert.equal(served.out, result.out);
			assert.match(served.err, /session 1 ended: the peer has finished/);
		});

		it("refuse the next key that a peer offers, and show it nowhere", async () => {
			const hex = "5ac1".repeat(16);
			const { server, port } = await listening("--echo", "--json");
			const key = Key.fromHex(readFileSync(file("key"), "utf8"));
			const client = new LightweightSecureClient({ key, host: "127.0.0.1", port: Number(port), format: "string" });
			const session = await client.connect();
			for (const message of [encodeOffer(hex, "id"), `\0lst next-key ${hex}ab`, "\0lst and on"]) session.send(message);
			const heard: string[] = [];
			for await (const message of session) if (heard.push(message) === 3) break;
			await client.close();
			assert.deepEqual(
				heard.slice(0, 2).map((message) => decodeRotation(message)?.type),
				["refused", "refused"],
			);
			assert.equal(heard[2], "\0lst and on");
			await server.wrote("stdout", /and on/);
			server.child.kill("SIGTERM");
			const { out, err } = await server.finished;
			assert.ok(!`${out}${err}`.includes("5ac1"));
			assert.match(err, /offers a next key; lst takes none/);
		});

		it("send the server's input to every session, and keep what was typed before the first one", async () => {
			const { server, port } = await listening();
			server.child.stdin.write("early\n");
			const clients = [start(["connect", "127.0.0.1", port, "--key-file", file("key")])];
			await clients[0]!.wrote("stdout", /^early\n$/);
			clients.push(start(["connect", "127.0.0.1", port, "--key-file", file("key")]));
			await clients[1]!.wrote("stderr", /session 1 with/);
			const heard = clients.map((one) => one.wrote("stdout", /to all\n/));
			server.child.stdin.end("to all\n");
			await Promise.all(heard);
			clients[0]!.child.stdin.end("still here\n");
			await server.wrote("stdout", /still here\n/);
		});

		it("carry arbitrary octets with --binary", async () => {
			const { port } = await listening("--echo");
			const octets = new Uint8Array(200_000).map((_, i) => (i * 7) ^ (i >> 8));
			const { out } = await connect(port, octets, "--binary");
			assert.deepEqual(
				Uint8Array.from(out, (c) => c.charCodeAt(0)),
				octets,
			);
		});

		it("`listen` shows its key's id, and says when its input goes to nobody", async () => {
			const { server, port } = await listening();
			const [, id] = await server.wrote("stderr", /listening on [^\n]*, key ([0-9a-f]{16})\n/);
			const { err } = await connect(port, "hello\n");
			assert.match(err, new RegExp(`session 1 with [^\\n]*, key ${id}`));
			await server.wrote("stderr", /session 1 ended/);
			server.child.stdin.write("one\ntwo\n");
			await server.wrote("stderr", /nobody is connected: the input is left out/);
			const third = start(["connect", "127.0.0.1", port, "--key-file", file("key")]);
			await third.wrote("stderr", /session 1 with/);
			server.child.stdin.write("three\n");
			await third.wrote("stdout", /^three\n$/);
		});

		it("print one JSON object per event with --json", async () => {
			const { server, port } = await listening("--echo", "--json", "--once");
			const { out, code } = await connect(port, "hello\n\xff\n", "--json");
			const events = out
				.trim()
				.split("\n")
				.map((line) => JSON.parse(line));
			assert.equal(code, 0);
			assert.deepEqual(
				events.map(({ event }) => event),
				["session", "message", "message", "ended"],
			);
			assert.deepEqual(events[1], { event: "message", session: 1, text: "hello" });
			assert.deepEqual(events[3], { event: "ended", session: 1, reason: "done", by: "self", code: 0 });
			const served = (await server.finished).out
				.trim()
				.split("\n")
				.map((line) => JSON.parse(line));
			assert.deepEqual(
				served.map(({ event }) => event),
				["listening", "session", "message", "message", "ended"],
			);
			assert.equal(served[0].port, Number(port));
			assert.equal(served[1].keyId.length, 16);
			assert.equal(served[0].keyId, served[1].keyId);
			const binary = await listening("--json", "--once");
			await connect(binary.port, Uint8Array.of(0xff, 10));
			assert.match((await binary.server.finished).out, /"base64":"\/w=="/);
		});

		it("take the key from the environment", async () => {
			const { port } = await listening("--echo");
			const LST_KEY = readFileSync(file("key"), "utf8");
			const { out } = await run(["connect", "127.0.0.1", port, "--linger", "0.3"], "hi\n", { LST_KEY });
			assert.equal(out, "hi\n");
		});

		it("establish a session only with the same context, and otherwise exit with 3", async () => {
			const { port } = await listening("--echo", "--context", "boiler-7");
			assert.equal((await connect(port, "hi\n", "--context", "boiler-7")).out, "hi\n");
			const other = await connect(port, "hi\n", "--context", "boiler-8");
			assert.equal(other.code, 3);
			assertSentence(other, /keys, contexts or suites differ/);
		});

		it("end the session cleanly when nobody reads their output any more", async () => {
			const { server, port } = await listening("--once");
			const peer = start(["connect", "127.0.0.1", port, "--key-file", file("key")]);
			await peer.wrote("stderr", /session 1 with/);
			server.child.stdout.destroy();
			for (const line of ["one\n", "two\n", "three\n"]) {
				peer.child.stdin.write(line);
				await new Promise((resolve) => setTimeout(resolve, 50));
			}
			const [served, connected] = await Promise.all([server.finished, peer.finished]);
			assertSentence(connected, /the peer is stopping its server/);
			assert.doesNotMatch(served.err, /\n\s+at /);
		});

		it("keygen and inspect exit with 1 and no stack trace if standard output cannot be written", async function () {
			if (!existsSync("/dev/full")) this.skip();
			for (const args of [["keygen"], ["inspect", file("key")]]) {
				const shell = spawn("/bin/sh", ["-c", 'exec "$0" "$@" > /dev/full', process.execPath, command, ...args]);
				let err = "";
				shell.stderr.setEncoding("utf8").on("data", (chunk) => {
					err += chunk;
				});
				const [code] = await once(shell, "close");
				assert.equal(code, 1, args.join(" "));
				assert.match(err, /lst: cannot write to standard output: .*ENOSPC/);
				assert.doesNotMatch(err, /\n\s+at /);
			}
		});

		it("send lines to all sessions without waiting for one that does not read", async () => {
			const { server, port } = await listening();
			const [stuck, reader] = [0, 1].map(() => start(["connect", "127.0.0.1", port, "--key-file", file("key")]));
			for (const one of [stuck!, reader!]) await one.wrote("stderr", /session 1 with/);
			stuck!.child.kill("SIGSTOP");
			const line = `${"x".repeat(60_000)}\n`;
			for (let i = 0; i < 150; i++) server.child.stdin.write(line);
			server.child.stdin.write("the last line\n");
			await reader!.wrote("stdout", /the last line\n/);
			await server.wrote("stderr", /does not read: lines are left out for it/);
		});

		it("stop on SIGTERM, and end the session cleanly", async () => {
			const { server, port } = await listening();
			const peer = start(["connect", "127.0.0.1", port, "--key-file", file("key")]);
			await peer.wrote("stderr", /session 1 with/);
			server.child.kill("SIGTERM");
			const [served, connected] = await Promise.all([server.finished, peer.finished]);
			assert.equal(served.code, 0);
			assert.equal(connected.code, 0);
			assertSentence(connected, /the peer is stopping its server/);
		});
	});

	describe("exit codes and sentences", () => {
		it("1: wrong usage", async () => {
			for (const args of [
				["listen", "--port", "x"],
				["connect"],
				["nonsense"],
				["connect", "h", "0"],
				["listen", "--timeout", "-2"],
			])
				assert.equal((await run(args)).code, 1, args.join(" "));
			assertSentence(await run(["connect", "--nonsense"]), /see `lst connect --help`/);
			const bad = await run(["listen", "--key-file", file("key"), "--timeout", "100", "--keep-alive", "100"]);
			assert.equal(bad.code, 1);
			assertSentence(bad, /`--keep-alive` is a whole number/);
			const keys = ["--key-file", file("key"), "--next-key-file", file("other")];
			const both = await run(["rotate", "127.0.0.1", "9", ...keys, "--count", "1"]);
			assert.equal(both.code, 1);
			assertSentence(both, /--listen, --count and --advertise are for devices that connect here/);
			const second = await run(["inspect", "-", "--connection", "2"], "> 00\n");
			assert.equal(second.code, 1);
			assertSentence(second, /--connection is for pcap files/);
		});

		it("1: no key, a missing key file, or one that is unreadable, too short or not hex", async () => {
			writeFileSync(file("short"), "abcd\n", { mode: 0o600 });
			writeFileSync(file("words"), `${"x".repeat(64)}\n`, { mode: 0o600 });
			for (const [args, pattern] of [
				[[], /there is no key.*lst keygen/],
				[["--key-file", file("missing")], /there is no key file/],
				[["--key-file", file("short")], /64 hex digits; this has 4 characters/],
				[["--key-file", file("words")], /not all of them hex/],
				[["--key-file", folder], /cannot read the key file/],
			] as const) {
				const result = await run(["connect", "127.0.0.1", "9", ...args]);
				assert.equal(result.code, 1);
				assertSentence(result, pattern);
			}
			const bad = await run(["listen"], "", { LST_KEY: "1234" });
			assertSentence(bad, /the environment variable LST_KEY holds no key/);
			assert.ok(!bad.err.includes("1234"), "not even a wrong key is shown");
		});

		it("a key file that others can read is used with a warning", async () => {
			writeFileSync(file("open"), readFileSync(file("key")));
			chmodSync(file("open"), 0o644);
			const { port } = await listening("--echo");
			const result = await run(["connect", "127.0.0.1", port, "--key-file", file("open"), "--linger", "0.2"], "hi\n");
			assert.equal(result.code, 0);
			assert.match(result.err, /warning: others can read.*chmod 600/);
		});

		it("1: a port in use", async () => {
			const { port } = await listening();
			const result = await run(["listen", "--key-file", file("key"), "--port", port]);
			assert.equal(result.code, 1);
			assertSentence(result, /is in use/);
		});

		it("1: a line that no message can carry; the line before it is sent", async () => {
			const { server, port } = await listening("--once");
			const result = await connect(port, `first\n${"x".repeat(65_536)}\nlast\n`);
			assert.equal(result.code, 1);
			assertSentence(result, /longer than the 65535 octets[^\n]*; the rest of the input is not sent/);
			assert.equal((await server.finished).out, "first\n");
		});

		it("2: a connection that is refused", async () => {
			const nobody = net.createServer().listen(0, "127.0.0.1");
			await once(nobody, "listening");
			const { port } = nobody.address() as net.AddressInfo;
			nobody.close();
			const result = await connect(String(port), "");
			assert.equal(result.code, 2);
			assertSentence(result, /nothing listens/);
		});

		it("2: a connection that is lost", async () => {
			const { server, port } = await listening();
			const peer = start(["connect", "127.0.0.1", port, "--key-file", file("key")]);
			await peer.wrote("stderr", /session 1 with/);
			server.child.kill("SIGKILL");
			const result = await peer.finished;
			assert.equal(result.code, 2);
			assertSentence(result, /without a Disconnect/);
		});

		it("3: a wrong key, on both sides", async () => {
			const { server, port } = await listening("--once");
			const result = await run(["connect", "127.0.0.1", port, "--key-file", file("other")]);
			assert.equal(result.code, 3);
			assertSentence(result, /compare the key ids/);
			const served = await server.finished;
			assert.equal(served.code, 3);
			assertSentence(served, /a handshake key that this side does not hold/);
		});

		it("3: a peer that is silent, or an HTTP server", async () => {
			const answers = new Map<string, Promise<Result>>();
			for (const [what, greeting] of [
				["silence", ""],
				["HTTP", "HTTP/1.1 400 Bad Request\r\n\r\n"],
			] as const) {
				const server = net.createServer(
					(socket) => void socket.on("error", () => {}).once("data", () => socket.write(greeting)),
				);
				await once(server.listen(0, "127.0.0.1"), "listening");
				const { port } = server.address() as net.AddressInfo;
				answers.set(
					what,
					connect(String(port), "", "--handshake-timeout", "300").finally(() => server.close()),
				);
			}
			const [silence, http] = await Promise.all([answers.get("silence")!, answers.get("HTTP")!]);
			assert.deepEqual([silence.code, http.code], [3, 3]);
			assertSentence(silence, /not finished within its deadline/);
			assertSentence(http, /it looks like HTTP/);
		});

		it("4: a message longer than the peer accepts; the others are served on", async () => {
			const { port } = await listening("--echo", "--max-message", "100");
			const other = start(["connect", "127.0.0.1", port, "--key-file", file("key")]);
			await other.wrote("stderr", /session 1 with/);
			const result = await connect(port, `${"x".repeat(101)}\n`);
			assert.equal(result.code, 4);
			assertSentence(result, /the peer was sent a message.* longer than it accepts/);
			other.child.stdin.write("still here\n");
			await other.wrote("stdout", /still here\n/);
		});

		it("4: a peer that falls silent", async () => {
			const { port } = await listening("--keep-alive", "9000");
			const result = await start(["connect", "127.0.0.1", port, "--key-file", file("key"), "--timeout", "300"])
				.finished;
			assert.equal(result.code, 4);
			assertSentence(result, /this side has waited too long/);
		});

		it("0: help for each verb, and the version", async () => {
			for (const verb of ["keygen", "listen", "connect", "demo", "inspect"]) {
				const { code, out } = await run([verb, "--help"]);
				assert.equal(code, 0);
				assert.match(out, new RegExp(`^Usage: lst ${verb}`));
			}
			const { version } = JSON.parse(readFileSync(new URL("../../../../package.json", import.meta.url), "utf8"));
			assert.equal((await run(["--version"])).out, `${version}\n`);
			assert.match((await run(["--help"])).out, /Exit codes: 0 done/);
		});
	});
});
