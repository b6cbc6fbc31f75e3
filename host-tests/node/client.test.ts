import assert from "node:assert/strict";
import { once } from "node:events";
import * as net from "node:net";
import { toHex } from "../../src/core/octets.js";
import { original } from "../../src/core/original/original.js";
import {
	type HandshakeError,
	Key,
	LightweightSecureClient,
	LightweightSecureServer,
	LightweightSecureTCP,
	type Session,
} from "../../src/node/index.js";
import { client, closeAll, echo, failure, host, key, open, serve, until } from "../helpers/loopback.js";

describe("client on Node.js, over loopback", () => {
	afterEach(closeAll);

	describe("connecting", () => {
		it("fails as timeout on a silent host, refused on a closed port, and unreachable on an unknown name", async () => {
			const nobody = net.createServer().listen(0, host);
			await once(nobody, "listening");
			const { port } = nobody.address() as net.AddressInfo;
			const silent = client(port, { handshakeTimeout: 50 });
			assert.equal((await failure(silent.connect())).reason, "timeout");
			nobody.close();
			assert.equal((await failure(silent.connect())).reason, "refused");
			const nowhere = client(port, { host: "no-such-host.invalid" });
			assert.equal((await failure(nowhere.connect())).reason, "unreachable");
		});

		it("is aborted by a signal, before and during the attempt", async () => {
			const nobody = net.createServer().listen(0, host);
			await once(nobody, "listening");
			const { port } = nobody.address() as net.AddressInfo;
			await assert.rejects(client(port).connect({ signal: AbortSignal.abort() }), { name: "AbortError" });
			const controller = new AbortController();
			const pending = client(port).connect({ signal: controller.signal });
			setTimeout(() => controller.abort(new Error("enough")), 20);
			await assert.rejects(pending, /enough/);
			nobody.close();
		});

		it("rejects with LST_KEY_WIPED if the key was wiped, and constructors throw it", async () => {
			const wiped = new Key(Key.randomOctets());
			const mine = client(1, { key: wiped });
			wiped.wipe();
			await assert.rejects(mine.connect(), { code: "LST_KEY_WIPED" });
			assert.ok(wiped.id, "the id was read before");
			assert.throws(() => client(1, { key: wiped }), { code: "LST_KEY_WIPED" });
			assert.throws(() => new LightweightSecureServer({ key: wiped }), { code: "LST_KEY_WIPED" });
		});

		it("is aborted by close, and can be started again", async () => {
			const { port } = await serve({ onHandshakeSuccess: echo });
			const mine = client(port);
			const pending = mine.connect();
			await assert.rejects(mine.connect(), { code: "LST_STARTED" });
			await Promise.all([mine.close(), assert.rejects(pending, { reason: "aborted" })]);
			const session = await mine.connect();
			assert.ok(session.active);
		});

		it("close during a handshake closes the TCP connection too", async () => {
			const silent = net.createServer().listen(0, host);
			await once(silent, "listening");
			const mine = client((silent.address() as net.AddressInfo).port);
			const failed = failure(mine.connect());
			const [socket] = (await once(silent, "connection")) as [net.Socket];
			await once(
				socket.on("error", () => {}),
				"data",
			);
			await mine.close();
			assert.equal((await failed).reason, "aborted");
			await once(socket.resume(), "close");
			silent.close();
		}).timeout(5_000);

		it("close within the last onHandshakeStep reports no session, and a connect called there succeeds", async () => {
			const { port } = await serve({ onHandshakeSuccess: echo });
			const heard: string[] = [];
			let first = true;
			let second: Promise<Session<"string">> | undefined;
			const mine: LightweightSecureClient<"string"> = client(port, {
				onHandshakeStep({ packet }) {
					if (packet !== "KeepAlive" || !first) return;
					first = false;
					void mine.close();
					second = mine.connect();
				},
				onHandshakeSuccess: () => void heard.push("success"),
			});
			await assert.rejects(mine.connect(), { reason: "aborted" });
			const session = await second!;
			assert.ok(session.active);
			assert.equal(mine.session, session);
			assert.deepEqual(heard, ["success"]);
		});

		it("close within onConnected sends the message before it, and ends the session as done", async () => {
			const heard: string[] = [];
			const { port } = await serve({
				onHandshakeSuccess(session) {
					session.onMessageReceived = (message) => heard.push(message);
					session.onSessionEnded = (end) => heard.push(end.reason);
				},
			});
			const mine: LightweightSecureClient<"string"> = client(port, {
				onConnected() {
					mine.send("last words");
					void mine.close();
				},
			});
			await mine.connect();
			await until(() => heard.length >= 2);
			assert.deepEqual(heard, ["last words", "done"]);
		});

		it("a signal concerns its own call alone: not one that was refused, and not a session that is established", async () => {
			const { port } = await serve({ onHandshakeSuccess: (session) => void session.send("welcome") });
			const mine = client(port);
			const first = mine.connect();
			const refused = new AbortController();
			const second = mine.connect({ signal: refused.signal });
			refused.abort(new Error("not this one"));
			await assert.rejects(second, { code: "LST_STARTED" });
			assert.ok((await first).active);
			// The message comes in the turn in which the session is established.
			const late = new AbortController();
			const other = client(port, {
				onHandshakeSuccess(session) {
					session.onMessageReceived = () => late.abort();
				},
			});
			const session = await other.connect({ signal: late.signal });
			await until(() => late.signal.aborted);
			assert.ok(session.active);
		});

		it("a signal that is aborted within onHandshakeSuccess rejects", async () => {
			const { port } = await serve();
			const controller = new AbortController();
			const mine = client(port, { onHandshakeSuccess: () => controller.abort(new Error("enough")) });
			await assert.rejects(mine.connect({ signal: controller.signal }), /enough/);
			assert.equal(mine.session, undefined);
		});

		it("can be started again from onSessionEnded", async () => {
			const { port } = await serve({ onHandshakeSuccess: (session) => void session.close() });
			const again: Promise<unknown>[] = [];
			const mine: LightweightSecureClient<"string"> = client(port, {
				onHandshakeSuccess(session) {
					session.onSessionEnded = () => {
						if (again.length < 2) again.push(mine.connect());
					};
				},
			});
			await mine.connect();
			await until(() => again.length >= 2);
			const outcomes = await Promise.allSettled(again);
			assert.ok(outcomes.every(({ status }) => status === "fulfilled"));
		});

		it("rejects on an option that the socket refuses, and can be tried again", async () => {
			const mine = client(1, { socket: { localAddress: "nonsense" } });
			for (let i = 0; i < 2; i++) await assert.rejects(mine.connect(), { code: "ERR_INVALID_IP_ADDRESS" });
		});

		it("fails as unreachable after connectTimeout if TCP is not connected by then", async () => {
			const connect = () => new net.Socket();
			const mute = client(1, { connectTimeout: 50, socket: { io: { connect: connect as typeof net.connect } } });
			const error = await failure(mute.connect());
			assert.equal(error.reason, "unreachable");
			assert.match(error.message, /no answer within 50 ms/);
		});

		it("each of a host's addresses has 2 s, or half of connectTimeout if that is less, unless the socket's options say else", () => {
			const given: unknown[] = [];
			const connect = (options: net.TcpNetConnectOpts) => {
				given.push(options.autoSelectFamilyAttemptTimeout);
				return new net.Socket();
			};
			const io = { connect: connect as unknown as typeof net.connect };
			for (const options of [{}, { connectTimeout: 5_000 }, { connectTimeout: 101 }])
				void client(1, { ...options, socket: { io }, onHandshakeFailed() {} }).connect();
			void client(1, { socket: { io, autoSelectFamilyAttemptTimeout: 300 }, onHandshakeFailed() {} }).connect();
			assert.deepEqual(given, [2_000, 2_000, 51, 300]);
		});

		it("passes a failure, and the peer, to onHandshakeFailed", async () => {
			const { port } = await serve();
			const failed = await new Promise((resolve) => {
				void client(port, {
					key: new Key(Key.randomOctets()),
					onHandshakeFailed: (error, peer) => resolve([error.reason, peer?.port]),
				}).connect();
			});
			assert.deepEqual(failed, ["closed-by-peer", port]);
		});
	});

	describe("keys and options", () => {
		it("the key of setHandshakeKey is used by clients and servers without a key of their own", async () => {
			assert.throws(() => new LightweightSecureServer({}), { code: "LST_NO_KEY" });
			LightweightSecureTCP.setHandshakeKey(key);
			assert.throws(() => LightweightSecureTCP.setHandshakeKey("x" as never), TypeError);
			const { port } = await serve({ key: undefined });
			const session = await client(port, { key: undefined }).connect();
			assert.equal(session.keyId, key.id);
		});

		it("useKey throws for a key that was wiped or serves the other profile, and the client keeps its own", async () => {
			const { port } = await serve();
			const mine = client(port);
			const [octets, wiped] = [Key.randomOctets(), new Key(Key.randomOctets())];
			open.push(new LightweightSecureServer({ key: new Key(octets), profile: original() }));
			wiped.wipe();
			assert.throws(() => mine.useKey(new Key(octets)), { code: "LST_KEY_IN_OTHER_PROFILE" });
			assert.throws(() => mine.useKey(wiped), { code: "LST_KEY_WIPED" });
			assert.equal((await mine.connect()).keyId, key.id);
		});

		it("enableDebug reports connections on standard error, and neither keys nor messages", async () => {
			const write = process.stderr.write;
			let written = "";
			process.stderr.write = ((chunk: string) => {
				written += chunk;
				return true;
			}) as typeof process.stderr.write;
			try {
				LightweightSecureTCP.enableDebug(true);
				const octets = Key.randomOctets();
				const shown = new Key(octets);
				const { port } = await serve({ key: shown });
				const session = await client(port, { key: shown }).connect();
				session.send("not to be seen");
				await session.close();
				assert.ok(!written.includes(toHex(octets)));
			} finally {
				LightweightSecureTCP.enableDebug(false);
				process.stderr.write = write;
			}
			assert.match(written, /\[LightweightSecureTCP\] listening on[\s\S]*connecting to[\s\S]*session with/);
			assert.ok(!written.includes("not to be seen"));
		});

		it("a server accepts each of its keys, and refuses other keys and other contexts", async () => {
			const other = new Key(Key.randomOctets());
			const { port } = await serve({ key: undefined, keys: [key, other], context: "boiler-7" });
			for (const one of [key, other])
				assert.equal((await client(port, { key: one, context: "boiler-7" }).connect()).keyId, one.id);
			const stranger = new Key(Key.randomOctets());
			assert.equal(
				(await failure(client(port, { key: stranger, context: "boiler-7" }).connect())).reason,
				"closed-by-peer",
			);
			assert.equal((await failure(client(port, { context: "boiler-8" }).connect())).reason, "closed-by-peer");
		});

		it("a client of the same program is refused as own-request by default", async () => {
			const failed = new Promise<HandshakeError>((resolve) => {
				void serve({ allowSelfConnection: undefined, onHandshakeFailed: resolve }).then(({ port }) =>
					failure(client(port).connect()),
				);
			});
			assert.equal((await failed).reason, "own-request");
		});

		it("invalid ones throw an error that names them at construction", () => {
			assert.throws(() => new LightweightSecureServer({ key, port: 65_536 }), /port/);
			assert.throws(() => new LightweightSecureServer({ key, maxSessions: 0 }), /maxSessions/);
			assert.throws(() => new LightweightSecureServer({ key, onHandshakeSuccess: "x" as never }), /onHandshakeSuccess/);
			for (const options of [undefined, null, 7, "host"] as never[])
				for (const Endpoint of [LightweightSecureClient, LightweightSecureServer])
					assert.throws(() => new Endpoint(options), {
						name: "TypeError",
						message: /the options are given as one object/,
					});
			for (const allowSelfConnection of [1, "false", null] as never[])
				assert.throws(() => new LightweightSecureServer({ key, allowSelfConnection }), /allowSelfConnection/);
			assert.throws(() => new LightweightSecureServer({ key, keys: [key] }), /`key` or `keys`/);
			assert.throws(() => new LightweightSecureClient({ key: [key] as never, host, port: 1 }), /`key` is a Key and/);
			assert.throws(() => new LightweightSecureClient({ key, host, port: 0 }), /port/);
			for (const host of ["", undefined, 7] as never[])
				assert.throws(() => new LightweightSecureClient({ key, host, port: 1 }), {
					name: "TypeError",
					message: /host/,
				});
			assert.throws(() => new LightweightSecureClient({ key, host, port: 1, format: "text" as never }), /format/);
		});
	});
});
