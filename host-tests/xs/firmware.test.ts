import assert from "node:assert/strict";
import { once } from "node:events";
import { readFileSync } from "node:fs";
import * as net from "node:net";
import { setTimeout as sleep } from "node:timers/promises";
import { toHex } from "../../src/core/octets.js";
import { Key, LightweightSecureClient, LightweightSecureServer, type SuiteName } from "../../src/node/index.js";
import { next } from "../helpers/loopback.js";
import { engine, type XsDevice, xsDevices } from "../helpers/xs-device.js";

const vectors = ["secure.json", "original.json", "aes_256_ccm_tag128.json", "hkdf_sha256.json", "ecdh_secp256r1.json"];

describe(`firmware on XS${engine.binary ? `: ${engine.description}` : ` (skipped: ${engine.description})`}`, function () {
	this.timeout(120_000);
	const octets = Key.randomOctets();
	const key = new Key(octets);
	const config = { key: toHex(octets), host: "127.0.0.1" };
	const device = xsDevices();

	async function serverDevice(more: object = {}): Promise<{ server: XsDevice; port: number }> {
		const server = device({ ...config, role: "server", port: 0, ...more });
		const [, port] = await server.told(/listening on port (\d+)/);
		return { server, port: Number(port) };
	}

	async function assertServes(port: number): Promise<void> {
		const client = new LightweightSecureClient({ key, host: "127.0.0.1", port, format: "string" });
		const session = await client.connect();
		session.send("1 up 0 s");
		assert.equal(await next(session), "ok 1");
		await session.close();
	}

	it("passes its selftest: known answers, and both ends over loopback", async () => {
		const read = (name: string) =>
			readFileSync(new URL(`../../../host-tests/vectors/${name}`, import.meta.url), "utf8");
		const resources = Object.fromEntries(vectors.map((name) => [name, read(name)]));
		const selftest = device({ ratchet: false }, { resources }, "selftest");
		assert.equal(await selftest.firmware.finished, 0, selftest.traced);
		assert.match(selftest.traced, /\n2[0-9] passed, 0 failed\n/);
	});

	it("two devices count FizzBuzz to each other", async () => {
		const { server, port } = await serverDevice({ application: "fizzbuzz" });
		const client = device({ ...config, role: "client", port, application: "fizzbuzz", rounds: 8 });
		await client.told(/all 8 rounds came back right/);
		await client.told(/session ended: this side has finished/);
		await server.told(/session ended: the peer has finished/);
		assert.match(client.traced, /sent 15 FizzBuzz\nreceived 16/);
		for (const packet of ["HandshakeRequest, 123", "HandshakeResponse, 114", "HandshakeSuccess, 66", "KeepAlive, 17"])
			assert.ok(client.traced.includes(packet), packet);
		assert.ok(!`${client.traced}${server.traced}`.includes(config.key), "no trace shows the key");
	});

	it("a device serves a client on Node.js", async () => {
		const { server, port } = await serverDevice();
		await assertServes(port);
		await server.told(/session ended: the peer has finished/);
	});

	it("a device closes the connection on its peer's Disconnect, without waiting for the peer's FIN", async () => {
		const { server, port } = await serverDevice();
		let ended: Promise<unknown> | undefined;
		const connect = ((options: net.NetConnectOpts) => {
			const socket = net.connect(options);
			ended = once(socket, "end");
			// Everything but the FIN is sent.
			socket.end = ((done: () => void) => socket.write("", done)) as unknown as typeof socket.end;
			return socket;
		}) as typeof net.connect;
		const socket = { io: { connect } };
		const session = await new LightweightSecureClient({ key, host: "127.0.0.1", port, socket }).connect();
		const begin = performance.now();
		void session.close();
		await ended;
		const took = performance.now() - begin;
		assert.ok(took < 1000, `${took} ms`);
		await server.told(/session ended: the peer has finished/);
	});

	it("a board accepts only the suites that it lists, and both sides tell the session's suite", async () => {
		const connect = (port: number, suites: readonly SuiteName[]) =>
			new LightweightSecureClient({ key, host: "127.0.0.1", port, suites }).connect();
		const { server, port } = await serverDevice({ suites: "psk" });
		assert.equal((await connect(port, ["psk"])).suite, "psk");
		await server.told(/in session with [^\n]*, suite psk\n/);
		await assert.rejects(connect(port, ["psk-p256", "psk"]), { reason: "closed-by-peer" });
		await server.told(/failed: [^\n]*asked for a suite/);
		const both = await serverDevice();
		for (const suite of ["psk-p256", "psk"] as const) {
			assert.equal((await connect(both.port, [suite])).suite, suite);
			await both.server.told(new RegExp(`in session with [^\\n]*, suite ${suite}\\n`));
		}
	});

	it("a board without psk-p256 loads none of it, defaults to psk, and names the manifest to include", async () => {
		const without = { modules: { "lightweight-secure-tcp/moddable/agreement": "src/moddable/agreement" } };
		const server = device({ ...config, role: "server", port: 0 }, without);
		const [, port] = await server.told(/listening on port (\d+)/);
		assert.deepEqual(
			server.firmware.loaded.filter((name) => name.includes("p256")),
			[],
		);
		const options = { key, host: "127.0.0.1", port: Number(port) };
		await assert.rejects(new LightweightSecureClient(options).connect(), { reason: "closed-by-peer" });
		assert.equal((await new LightweightSecureClient({ ...options, suites: ["psk"] }).connect()).suite, "psk");
		const wrong = device({ ...config, role: "server", port: 0, suites: "psk-p256" }, without);
		await wrong.told(/src\/p256\/manifest\.json/);
	});

	it("a device keeps serving after peers have aborted before they were answered", async () => {
		const { server, port } = await serverDevice();
		for (let i = 0; i < 3; i++) {
			const client = new LightweightSecureClient({ key, host: "127.0.0.1", port, format: "string" });
			const session = await client.connect();
			for (let j = 0; j < 20; j++) session.send(`${j} up 0 s`);
			session.onDataSent = () => session.abort();
			await session.closed;
		}
		await server.told(/(session ended: the connection ended without a Disconnect[\s\S]*){3}/);
		await assertServes(port);
	});

	it("a device keeps serving after invalid input of many kinds, and reports what it received", async () => {
		const { server, port } = await serverDevice();
		const strangers = [
			Buffer.from("GET / HTTP/1.1\r\n\r\n"),
			Buffer.from(`0201${key.id}${"5a".repeat(49)}`, "hex"),
			Buffer.from("0500112233445566778899aabbccddeeff", "hex"),
			Buffer.alloc(4000, 1),
			Buffer.from([2]),
			Buffer.alloc(0),
		];
		for (let round = 0; round < 30; round++) {
			const socket = net.connect(port, "127.0.0.1").on("error", () => {});
			socket.write(strangers[round % strangers.length]!);
			if (round % 3) socket.end();
			else setTimeout(() => socket.destroy(), 20);
			await once(socket, "close");
		}
		await assertServes(port);
		await server.told(/failed: [^\n]*it looks like HTTP[\s\S]*failed: [^\n]*was not sealed under the handshake key/);
	});

	it("a device connects to a server on Node.js, and reconnects after that was restarted", async () => {
		const heard: string[] = [];
		const serve = async (port: number) => {
			const server = new LightweightSecureServer({
				key,
				port,
				host: "127.0.0.1",
				format: "string",
				onHandshakeSuccess(session) {
					session.onMessageReceived = (message) => {
						heard.push(message);
						session.send(`ok ${message.split(" ")[0]}`);
					};
				},
			});
			return { server, port: (await server.start()).port };
		};
		const first = await serve(0);
		const client = device({ ...config, role: "client", port: first.port, interval: 100 });
		await client.told(/received ok 3/);
		await first.server.close();
		await client.told(/session ended: the peer is stopping its server[\s\S]*trying again in \d+ ms/);
		const second = await serve(first.port);
		await client.told(/trying again[\s\S]*in session[\s\S]*received ok/);
		await second.server.close();
		assert.match(heard[0] ?? "", /^1 up \d+ s, \d+ octets free$/);
	});

	it("a device tries to join its Wi-Fi, with backoff, until it has, and reports when that is lost", async () => {
		const { port } = await serverDevice();
		const [DISCONNECTED, ADDRESSED] = [100, 500];
		const asked: string[] = [];
		const client = device(
			{ ...config, role: "client", port, interval: 50, networkName: "home", networkPassword: "right" },
			{
				modules: { "lightweight-secure-tcp/firmware/wifi": "src/firmware/wifi" },
				onWiFi({ SSID, password }) {
					asked.push(`${SSID}/${password}`);
					if (asked.length === 1) setImmediate(() => client.firmware.radio(DISCONNECTED));
					else if (asked.length === 3) setImmediate(() => client.firmware.radio(ADDRESSED, "192.168.4.7"));
					return asked.length !== 2;
				},
			},
		);
		await client.told(
			/(failed: no connection to "home": check its name and password[^\n]*trying again in \d+ ms\n){2}/,
		);
		await client.told(/network up, 192\.168\.4\.7[\s\S]*received ok 2/);
		assert.deepEqual(asked, ["home/right", "home/right", "home/right"]);
		client.firmware.radio(DISCONNECTED);
		await client.told(/received ok 2[\s\S]*failed: no connection to "home"/);
		assert.doesNotMatch(client.traced, /right/);
		const nameless = device(
			{ ...config, role: "client", port },
			{
				modules: { "lightweight-secure-tcp/firmware/wifi": "src/firmware/wifi" },
			},
		);
		await nameless.told(/failed: config "networkName" is not set/);
	});

	it("a client makes no attempt without a network, and connects as soon as there is one again", async () => {
		const wifi = { modules: { "lightweight-secure-tcp/firmware/wifi": "src/firmware/wifi" }, onWiFi: () => true };
		const server = new LightweightSecureServer({ key, host: "127.0.0.1" });
		const { port } = await server.start();
		const client = device({ ...config, role: "client", port, networkName: "home", minDelay: 1, maxDelay: 2 }, wifi);
		client.firmware.radio(500, "192.168.4.7");
		await client.told(/in session/);
		client.firmware.radio(100);
		await client.told(/failed: no connection to "home"/);
		await server.close();
		await client.told(/session ended[\s\S]*waiting for the network\n/);
		const again = new LightweightSecureServer({ key, host: "127.0.0.1", port });
		await again.start();
		const attempts = () => client.traced.match(/sent HandshakeRequest/g)?.length;
		await sleep(200);
		assert.equal(attempts(), 1);
		client.firmware.radio(500, "192.168.4.7");
		await client.told(/waiting for the network[\s\S]*in session/);
		await again.close();
	});

	it("a device whose records are acknowledged late writes no more of them than lwIP queues", async () => {
		const { port } = await serverDevice();
		const client = device({ ...config, role: "client", port, interval: 10 }, { roundTrip: 300 });
		await client.told(/received ok 20\n/);
		assert.doesNotMatch(client.traced, /session ended|failed/);
	});

	it("a device answers messages of any length and content, and shows their first 400 characters", async () => {
		const { server, port } = await serverDevice();
		const client = new LightweightSecureClient({ key, host: "127.0.0.1", port, format: "string" });
		const session = await client.connect();
		for (const [message, answer] of [
			[" ".repeat(4096), "ok "],
			["ab ".repeat(1300), "ok ab"],
			["x".repeat(4000), `ok ${"x".repeat(4000)}`],
		] as const) {
			session.send(message);
			assert.equal(await next(session), answer);
		}
		await server.told(/received x{400} …\n/);
		await assertServes(port);
	});

	it("a device that lost power while it replaced its key has the next one", async () => {
		const nextOctets = Key.randomOctets();
		const nextKey = new Key(nextOctets);
		const nvs = { "lst.next-key": toHex(nextOctets) };
		for (const more of [{ nvs }, { nvs, nvsFails: true }]) {
			const server = device({ role: "server", port: 0, ...more });
			const [, port] = await server.told(/listening on port (\d+)/);
			const client = new LightweightSecureClient({ key: nextKey, host: "127.0.0.1", port: Number(port) });
			assert.equal((await client.connect()).keyId, nextKey.id);
			await client.close();
		}
	});

	it("a device whose NVS fails when a next key has come into use serves that session all the same", async () => {
		const nextOctets = Key.randomOctets();
		const nvs = { "lst.next-key": toHex(nextOctets) };
		const { server, port } = await serverDevice({ nvs, nvsFails: true });
		const client = new LightweightSecureClient({ key: new Key(nextOctets), host: "127.0.0.1", port, format: "string" });
		const session = await client.connect();
		session.send("1 up 0 s");
		assert.equal(await next(session), "ok 1");
		await server.told(/failed: NVS has failed/);
		await session.close();
	});

	it("a device without memory for a message ends that session and reports it, and others continue", async () => {
		const { server, port } = await serverDevice({ room: 2100 });
		const connect = () => new LightweightSecureClient({ key, host: "127.0.0.1", port, format: "string" }).connect();
		const [sender, other] = await Promise.all([connect(), connect()]);
		sender.send("x".repeat(3000));
		assert.equal((await sender.closed).reason, "internal-error");
		await server.told(/session ended: this side had too little memory left for what it was sent/);
		other.send("1 up 0 s");
		assert.equal(await next(other), "ok 1");
		await other.close();
		await assertServes(port);
	});

	it("a device without memory for a session drops the connection and reports it; a client tries again", async () => {
		const { server, port } = await serverDevice({ room: 1000 });
		const stranger = net.connect(port, "127.0.0.1").on("error", () => {});
		await once(stranger, "close");
		await server.told(/a connection was dropped, since there is too little memory/);
		const client = device({ ...config, role: "client", port, room: 1000 });
		await client.told(/failed: this side has too little memory left for a session[^\n]*\n.*trying again in \d+ ms/);
	});

	it("a device reports in words that it has no key, that the keys differ, or that nobody listens", async () => {
		const keyless = device({ role: "server", port: 0 });
		await keyless.told(/failed: this device has no handshake key: see boards\/README.md/);
		const { server, port } = await serverDevice();
		const stranger = device({ ...config, key: toHex(Key.randomOctets()), role: "client", port });
		await stranger.told(/failed: the peer closed the connection.*compare the key ids/);
		await server.told(/failed: 127.0.0.1: the peer uses a handshake key that this side does not hold/);
		const alone = device({ ...config, role: "client", port: 1 });
		await alone.told(/failed: the peer could not be reached/);
		await alone.told(/trying again in \d+ ms/);
	});
});
