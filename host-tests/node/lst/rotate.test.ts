import assert from "node:assert/strict";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { toHex } from "../../../src/core/octets.js";
import { decodeRotation, encodeOffer, encodeRefused, encodeStored } from "../../../src/core/rotation.js";
import { Key } from "../../../src/node/index.js";
import { client, closeAll, host, serve, until } from "../../helpers/loopback.js";
import { assertSentence, commandLine, Lst } from "../../helpers/lst.js";
import { xsDevices } from "../../helpers/xs-device.js";

describe("rotation of keys", function () {
	this.timeout(30_000);

	describe("its messages", () => {
		it("are encoded and decoded, and told apart from an application's", () => {
			const hex = "ab".repeat(32);
			assert.deepEqual(decodeRotation(encodeOffer(hex, "id")), { type: "offer", hex, keyId: "id" });
			assert.deepEqual(decodeRotation(encodeStored("id")), { type: "stored", keyId: "id" });
			assert.deepEqual(decodeRotation(encodeRefused("it is full")), { type: "refused", why: "it is full" });
			for (const message of ["", "lst stored id"]) assert.equal(decodeRotation(message), undefined);
			for (const message of ["\0lst erase", "\0lst next-key short id"])
				assert.deepEqual(decodeRotation(message), { type: "malformed" });
		});
	});

	describe("with lst rotate", () => {
		const { run, file } = commandLine();
		const offered = (next: string, port: number) =>
			run(["rotate", host, String(port), "--key-file", file("key"), "--next-key-file", file(next)]);
		afterEach(closeAll);

		it("a next key that is the current one is refused", async () => {
			const result = await offered("key", 1);
			assertSentence(result, /the next key is the one that is in use/);
			assert.equal(result.code, 1);
		});

		it("a device that ends the session without an answer is reported within 8 s, with exit code 3", async () => {
			const { port } = await serve({
				key: Key.fromHex(readFileSync(file("key"), "utf8")),
				onHandshakeSuccess(session) {
					session.onMessageReceived = () => void session.close();
				},
			});
			const began = performance.now();
			const result = await offered("other", port);
			assert.ok(performance.now() - began < 8_000);
			assertSentence(result, /has not said whether it has stored the next key[\s\S]*closed/);
			assert.equal(result.code, 3);
		});
	});

	describe("with lst rotate and firmware on XS", () => {
		const folder = mkdtempSync(join(tmpdir(), "lst-rotate-"));
		const [oldOctets, nextOctets] = [Key.randomOctets(), Key.randomOctets()];
		const [oldKey, nextKey] = [new Key(oldOctets), new Key(nextOctets)];
		const keyFiles = ["--key-file", join(folder, "old"), "--next-key-file", join(folder, "next")];
		const common = { key: toHex(oldOctets), host, interval: 50, acceptNextKey: true, minDelay: 5, maxDelay: 20 };
		const device = xsDevices(common);
		const commands: Lst[] = [];

		before(() => {
			writeFileSync(join(folder, "old"), toHex(oldOctets), { mode: 0o600 });
			writeFileSync(join(folder, "next"), toHex(nextOctets), { mode: 0o600 });
		});
		after(() => rmSync(folder, { recursive: true }));
		afterEach(async () => {
			for (const { child } of commands.splice(0)) child.kill();
			await closeAll();
		});

		function rotate(...args: string[]): Lst {
			const lst = new Lst(["rotate", ...args, ...keyFiles], {});
			commands.push(lst);
			return lst;
		}

		it("a client device stores the next key, reconnects with it and forgets the old one", async () => {
			const lst = rotate("--count", "1");
			const [, port] = await lst.wrote("stderr", /waiting on 127\.0\.0\.1:(\d+)/);
			const one = device({ role: "client", port: Number(port) });
			await lst.wrote("stderr", new RegExp(`has stored the next key[\\s\\S]*uses key ${nextKey.id} now`));
			assert.equal((await lst.finished).code, 0);
			await one.told(new RegExp(`next key ${nextKey.id} is stored[\\s\\S]*key ${oldKey.id} is forgotten`));
			await serve({ key: nextKey, port: Number(port) });
			await one.told(new RegExp(`forgotten[\\s\\S]*trying again[\\s\\S]*in session with [^\\n]*, key ${nextKey.id}`));
		});

		it("a client device goes back to the old key, and forgets the next one, if that does not connect", async () => {
			const lst = rotate();
			const [, port] = await lst.wrote("stderr", /waiting on 127\.0\.0\.1:(\d+)/);
			const one = device({ role: "client", port: Number(port) });
			await one.told(/is stored/);
			lst.child.kill("SIGKILL");
			await lst.finished;
			const { server } = await serve({ key: oldKey, port: Number(port) });
			await one.told(
				new RegExp(`is stored[\\s\\S]*failed: [\\s\\S]*key ${nextKey.id} is forgotten[\\s\\S]*key ${oldKey.id}, `),
			);
			assert.equal([...server.sessions][0]?.keyId, oldKey.id);
		});

		it("a server device stores the next key and then refuses the old one, or says why it does not", async () => {
			const one = device({ role: "server", port: 0 });
			const [, port] = await one.told(/listening on port (\d+)/);
			const lst = rotate(host, port!);
			await lst.wrote("stderr", new RegExp(`has stored the next key[\\s\\S]*uses key ${nextKey.id} now`));
			assert.equal((await lst.finished).code, 0);
			await one.told(new RegExp(`key ${oldKey.id} is forgotten`));
			await assert.rejects(client(Number(port), { key: oldKey }).connect(), { reason: "closed-by-peer" });
			const again = await client(Number(port), { key: nextKey }).connect();
			const answers: string[] = [];
			again.onMessageReceived = (message) => void answers.push(message);
			again.send(encodeOffer(toHex(nextOctets), nextKey.id));
			again.send(encodeOffer(`${toHex(nextOctets).slice(1)}x`, nextKey.id));
			await until(() => answers.length === 2);
			assert.deepEqual(answers.map(decodeRotation), [
				{ type: "stored", keyId: nextKey.id },
				{ type: "refused", why: "that is no key" },
			]);
			assert.ok(
				(await client(Number(port), { key: nextKey }).connect()).active,
				"the key that it has is not forgotten",
			);
			const full = device({ role: "server", port: 0, nvsFull: true });
			const [, fullPort] = await full.told(/listening on port (\d+)/);
			for (let i = 0; i < 2; i++) {
				const lst = rotate(host, fullPort!);
				await lst.wrote("stderr", /refuses the next key: the key was not kept/);
				assert.equal((await lst.finished).code, 4);
				await assert.rejects(client(Number(fullPort), { key: nextKey }).connect(), { reason: "closed-by-peer" });
			}
			const other = device({ role: "server", port: 0, acceptNextKey: false });
			const [, closed] = await other.told(/listening on port (\d+)/);
			const refused = rotate(host, closed!);
			await refused.wrote("stderr", /refuses the next key: this device does not accept a next key/);
			assert.equal((await refused.finished).code, 4);
		});
	});
});
