import assert from "node:assert/strict";
import { toHex } from "../../src/core/octets.js";
import { original } from "../../src/core/original/original.js";
import { Key, LightweightSecureServer, type Session } from "../../src/node/index.js";
import { client, closeAll, echo, failure, host, next, open, serve } from "../helpers/loopback.js";
import { type XsDevice, xsDevices } from "../helpers/xs-device.js";

const octets = Key.randomOctets();
const key = new Key(octets);
const profile = original();

describe("the original profile over sockets", () => {
	afterEach(closeAll);

	it("a client and a server on Node.js exchange messages; the session has this profile and no suite", async () => {
		const { port } = await serve({ key, profile, onHandshakeSuccess: echo });
		const session = await client(port, { key, profile }).connect();
		assert.equal(session.profile, "original");
		assert.equal(session.suite, undefined);
		assert.equal(session.keyId, key.id);
		for (const message of ["a", "exactly8", "ä".repeat(32_764)]) {
			session.send(message);
			assert.equal(await next(session), message);
		}
		await session.close();
	});

	it("one application serves both profiles on two ports, each with a key of its own", async () => {
		const application = (session: Session<"string">) => {
			session.onMessageReceived = (message) => session.send(`${session.profile} ${message}`);
		};
		const ports = await Promise.all(
			[{ key, profile }, {}].map(
				async (options) => (await serve({ ...options, onHandshakeSuccess: application })).port,
			),
		);
		const answers = await Promise.all(
			[client(ports[0]!, { key, profile }), client(ports[1]!)].map(async (one) => {
				const session = await one.connect();
				session.send("hello");
				return next(session);
			}),
		);
		assert.deepEqual(answers, ["original hello", "secure hello"]);
	});

	it("stop ends the sessions with a Disconnect and frees the port", async () => {
		const { server, port } = await serve({ key, profile, allowSelfConnection: undefined });
		const session = await client(port, { key, profile }).connect();
		await server.stop();
		assert.equal((await session.closed).reason, "done");
		const again = new LightweightSecureServer({ key, profile, host, port });
		open.push(again);
		await again.start();
	});

	it("failures on both sides name a peer of the other profile", async () => {
		const failures: string[] = [];
		const { port } = await serve({ key, profile, onHandshakeFailed: ({ message }) => failures.push(message) });
		const { message } = await failure(client(port).connect());
		assert.match(message, /looks like a server of the original profile/);
		const { port: secure } = await serve({ handshakeTimeout: 200 });
		const waiting = await failure(client(secure, { key, profile, handshakeTimeout: 100 }).connect());
		assert.match(waiting.message, /a server of the secure profile, which waits for its client to begin/);
		assert.match(failures[0]!, /looks like a client of the secure profile/);
	});

	describe("on XS", function () {
		this.timeout(30_000);
		const device = xsDevices({ key: toHex(octets) });
		const withOriginal = {
			modules: { "lightweight-secure-tcp/firmware/profile": "src/firmware/original/profile" },
		};
		const loadedOriginal = ({ firmware }: XsDevice) => firmware.loaded.filter((name) => name.includes("original"));

		it("a device serves and connects in it, and warns that it is insecure", async () => {
			const server = device({ role: "server", port: 0, roundsXtea: 8 }, withOriginal);
			const [, port] = await server.told(/listening on port (\d+)/);
			await server.told(/warning: the original profile protects against nobody/);
			const session = await client(Number(port), { key, profile: original({ rounds: 8 }) }).connect();
			session.send("1 up 0 s");
			assert.equal(await next(session), "ok 1");
			const other = device({ role: "client", host, port: Number(port), roundsXtea: 8, interval: 50 }, withOriginal);
			await other.told(/received ok 2/);
			assert.ok(loadedOriginal(other).length > 0);
		});

		it("a firmware that does not import it loads none of its modules", async () => {
			const plain = device({ role: "server", port: 0 });
			await plain.told(/listening on port/);
			assert.deepEqual(loadedOriginal(plain), []);
		});
	});
});
