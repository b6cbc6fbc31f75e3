import assert from "node:assert/strict";
import { once } from "node:events";
import * as net from "node:net";
import { setTimeout as sleep } from "node:timers/promises";
import { registry } from "../../src/core/registry.js";
import {
	type ClientOptions,
	type Format,
	HandshakeError,
	Key,
	LightweightSecureClient,
	LightweightSecureServer,
	LightweightSecureTCP,
	type ServerOptions,
	type Session,
	SessionEnd,
} from "../../src/node/index.js";

const key = new Key(Key.randomOctets());
const host = "127.0.0.1";

describe("Node.js, over loopback", () => {
	const open: { close(): Promise<void> }[] = [];

	afterEach(async () => {
		await Promise.all(open.splice(0).map((one) => one.close()));
		registry.handshakeKey = undefined;
	});

	async function serve<F extends Format = "string">(options: Partial<ServerOptions<F>> = {}) {
		const server = new LightweightSecureServer<F>({
			key,
			host,
			allowSelfConnection: true,
			format: "string" as F,
			...options,
		});
		open.push(server);
		const { port } = await server.start();
		return { server, port };
	}

	function client<F extends Format = "string">(port: number, options: Partial<ClientOptions<F>> = {}) {
		const made = new LightweightSecureClient<F>({ key, host, port, format: "string" as F, ...options });
		open.push(made);
		return made;
	}

	const echo = (session: Session<"string">) => {
		session.onMessageReceived = (message) => session.send(message);
	};

	async function failure(promise: Promise<unknown>): Promise<HandshakeError> {
		const error = await promise.then(
			() => assert.fail("it succeeded"),
			(error: unknown) => error,
		);
		assert.ok(error instanceof HandshakeError, String(error));
		return error;
	}

	describe("a conversation", () => {
		it("runs both ways, as text and as octets", async () => {
			const { port } = await serve({ onHandshakeSuccess: echo });
			const session = await client(port).connect();
			session.send("héllo");
			session.send("");
			const messages: string[] = [];
			for await (const message of session) if (messages.push(message) === 2) break;
			assert.deepEqual(messages, ["héllo", ""]);
			await session.close();
			const binary = await client<"buffer">(port, { format: "buffer" }).connect();
			binary.send(Uint8Array.of(0, 1, 0x7f));
			const { value } = await binary[Symbol.asyncIterator]().next();
			assert.deepEqual(value, Uint8Array.of(0, 1, 0x7f));
			assert.equal(Object.getPrototypeOf(value), Uint8Array.prototype, "not a Buffer sometimes and sometimes not");
		});

		it("carries every size, in order, and is not the slower for a reader that takes its time", async () => {
			const { port } = await serve<"buffer">({
				format: "buffer",
				onHandshakeSuccess: (session) => {
					session.onMessageReceived = (message) => session.send(message.slice());
				},
			});
			const session = await client<"buffer">(port, { format: "buffer" }).connect();
			const sizes = [0, 1, 19, 1000, 16_384, 65_535, 65_534, 2, 0];
			for (const [i, size] of sizes.entries()) session.send(new Uint8Array(size).fill(i));
			let i = 0;
			for await (const message of session) {
				assert.deepEqual(message, new Uint8Array(sizes[i]!).fill(i));
				if (++i === sizes.length) break;
			}
		});

		it("serves many clients at once, each its own", async () => {
			const { server, port } = await serve({ onHandshakeSuccess: echo });
			const sessions = await Promise.all(Array.from({ length: 50 }, () => client(port).connect()));
			assert.equal(server.sessions.size, 50);
			await Promise.all(
				sessions.map(async (session, i) => {
					session.send(`I am ${i}`);
					for await (const message of session) {
						assert.equal(message, `I am ${i}`);
						break;
					}
				}),
			);
			await Promise.all(sessions.map((session) => session.close()));
			while (server.sessions.size) await sleep(5);
		});

		it("tells what there is to know of a session", async () => {
			const sessions: Session<"string">[] = [];
			const { port } = await serve({ onHandshakeSuccess: (session) => void sessions.push(session) });
			const mine = await client(port, { context: undefined }).connect();
			assert.deepEqual(mine.peer, { address: host, port });
			assert.equal(mine.keyId, key.id);
			assert.equal(mine.profile, "secure");
			assert.equal(mine.suite, "psk");
			assert.ok(mine.age >= 0 && mine.age < 5_000);
			assert.ok(mine.active);
			assert.equal(mine.end, undefined);
			assert.equal(mine.counts.octetsSent, 125);
			await mine.close();
			assert.equal((await mine.closed).code, "LST_SESSION_DONE");
			assert.ok(!mine.active);
			const theirs = await sessions[0]!.closed;
			assert.equal(theirs.reason, "done");
			assert.equal(theirs.by, "peer");
			assert.equal(sessions[0]!.peer.address, host, "known after the end, too");
		});

		it("a message that is sent before the session stands is the first that arrives", async () => {
			const { port } = await serve({ onHandshakeSuccess: echo });
			const early = client(port);
			assert.throws(() => early.send("x"), { code: "LST_NOT_CONNECTED" });
			const connected = early.connect();
			early.send("early");
			const session = await connected;
			assert.deepEqual(await session[Symbol.asyncIterator]().next(), { done: false, value: "early" });
			assert.equal(early.session, session);
		});

		it("ill-formed UTF-8 arrives with replacement characters where text is asked for", async () => {
			const { port } = await serve({ onHandshakeSuccess: echo });
			const session = await client(port).connect();
			session.send(Uint8Array.of(0x61, 0xff, 0x62));
			assert.equal((await session[Symbol.asyncIterator]().next()).value, "a\ufffdb");
		});
	});

	describe("callbacks", () => {
		it("come in the order of the wire, with their owner as `this`", async () => {
			const heard: string[] = [];
			const note = (who: string, expected: () => unknown) =>
				function (this: unknown, what: string) {
					assert.equal(this, expected());
					heard.push(`${who} ${what}`);
				};
			let serverSession: Session<"string"> | undefined;
			const onServer = note("server", () => server);
			const { server, port } = await (async () => {
				const made: LightweightSecureServer<"string"> = new LightweightSecureServer({
					key,
					host,
					allowSelfConnection: true,
					format: "string",
					onServerStarted() {
						heard.push(`server started ${this === (made as unknown)}`);
					},
					onServerStopped() {
						onServer.call(this, "stopped");
					},
					onHandshakeStarted(peer) {
						assert.equal(peer.address, host);
						onServer.call(this, "handshake started");
					},
					onHandshakeStep({ direction, packet }) {
						onServer.call(this, `${direction} ${packet}`);
					},
					onHandshakeSuccess(session) {
						onServer.call(this, "handshake success");
						serverSession = session;
						session.onMessageReceived = function (message) {
							assert.equal(this, session);
							heard.push(`server message ${message}`);
						};
						session.onSessionEnded = function (end) {
							assert.equal(this, session);
							heard.push(`server ended ${end.reason}`);
						};
					},
				});
				open.push(made);
				return { server: made, port: (await made.start()).port };
			})();
			const onClient = note("client", () => mine);
			const mine: LightweightSecureClient<"string"> = client(port, {
				onHandshakeStarted() {
					onClient.call(this, "handshake started");
				},
				onHandshakeSuccess(session) {
					onClient.call(this, "handshake success");
					session.onSessionEnded = (end) => heard.push(`client ended ${end.reason}`);
				},
				onConnected() {
					onClient.call(this, "connected");
				},
				onDisconnected(end) {
					onClient.call(this, `disconnected ${end.reason}`);
				},
			});
			const session = await mine.connect();
			session.send("hello");
			while (!heard.includes("server message hello")) await sleep(1);
			await server.stop();
			await session.closed;
			assert.ok(serverSession);
			assert.deepEqual(
				heard.filter((one) => one.startsWith("server")),
				[
					"server started true",
					"server handshake started",
					"server received HandshakeRequest",
					"server sent HandshakeResponse",
					"server received HandshakeSuccess",
					"server sent KeepAlive",
					"server handshake success",
					"server message hello",
					"server ended server-stopped",
					"server stopped",
				],
			);
			assert.deepEqual(
				heard.filter((one) => one.startsWith("client")),
				[
					"client handshake started",
					"client handshake success",
					"client connected",
					"client ended server-stopped",
					"client disconnected server-stopped",
				],
			);
		});

		it("none comes after close, of a session, of a client or of a server", async () => {
			const heard: string[] = [];
			const { server, port } = await serve({
				onHandshakeSuccess(session) {
					session.onMessageReceived = () => void heard.push("message");
					session.onSessionEnded = () => void heard.push("ended");
					if (server.sessions.size === 2) void session.close();
				},
				onServerStopped: () => void heard.push("stopped"),
			});
			const one = await client(port, { onDisconnected: () => void heard.push("disconnected") }).connect();
			const two = await client(port).connect();
			await two.closed;
			one.onSessionEnded = () => void heard.push("client ended");
			await one.close();
			await sleep(20);
			assert.deepEqual(heard, ["ended"], "the other side of the one that its client closed");
			await server.close();
			assert.deepEqual(heard, ["ended"]);
		});

		it("one that throws breaks nothing and is reported to the session's onError, or else to its owner's", async () => {
			const errors: unknown[] = [];
			const { port } = await serve({
				onError: (error) => errors.push(error),
				onHandshakeSuccess(session) {
					session.onMessageReceived = (message) => {
						session.send(`got ${message}`);
						throw new Error(message);
					};
					if (errors.length) session.onError = (error) => errors.push(`session: ${(error as Error).message}`);
					throw new Error("in onHandshakeSuccess");
				},
			});
			for (let i = 0; i < 2; i++) {
				const session = await client(port).connect();
				session.send("a");
				session.send("b");
				const replies: string[] = [];
				for await (const reply of session) if (replies.push(reply) === 2) break;
				assert.deepEqual(replies, ["got a", "got b"]);
			}
			const told = errors.map((error) => (error instanceof Error ? error.message : error));
			assert.deepEqual(told, ["in onHandshakeSuccess", "a", "b", "in onHandshakeSuccess", "session: a", "session: b"]);
		});

		it("onDataSent tells how many messages the network has taken", async () => {
			const { port } = await serve({ onHandshakeSuccess: echo });
			const session = await client(port).connect();
			let sent = 0;
			session.onDataSent = (messages) => {
				sent += messages;
			};
			for (let i = 0; i < 5; i++) session.send(`${i}`);
			while (sent < 5) await sleep(1);
			assert.equal(sent, 5);
		});
	});

	describe("backpressure", () => {
		it("a full queue throws without sending a part, and drained and onWritable follow", async () => {
			const { port } = await serve<"buffer">({ format: "buffer" });
			const session = await client<"buffer">(port, { format: "buffer", maxQueued: 200_000 }).connect();
			let writable = 0;
			session.onWritable = () => {
				writable++;
			};
			const message = new Uint8Array(60_000);
			assert.equal(session.send(message), 200_000 - 60_019);
			session.send(message);
			session.send(message);
			assert.throws(() => session.send(message), { code: "LST_QUEUE_FULL" });
			await session.drained();
			assert.equal(writable, 1);
			session.send(message);
		});

		it("an iterator that is not read holds the sender back, and loses nothing", async () => {
			const sizes: number[] = [];
			let theirs: Session<"buffer"> | undefined;
			const { port } = await serve<"buffer">({
				format: "buffer",
				onHandshakeSuccess: (session) => {
					theirs = session;
				},
			});
			const session = await client<"buffer">(port, { format: "buffer" }).connect();
			const message = new Uint8Array(65_535);
			let sent = 0;
			let stuck = false;
			while (!stuck && sent < 1_000) {
				await Promise.race([
					session.drained(),
					sleep(300).then(() => {
						stuck = true;
					}),
				]);
				if (!stuck) {
					session.send(message);
					sent++;
				}
			}
			assert.ok(stuck, "it would send for ever");
			void session.close();
			for await (const { length } of theirs!) sizes.push(length);
			assert.equal(sizes.length, sent);
			assert.equal(theirs?.end?.reason, "done");
		});

		it("messages wait for onMessageReceived when it is assigned later", async () => {
			const { port } = await serve({ onHandshakeSuccess: (session) => void session.send("first") });
			const session = await client(port).connect();
			await sleep(20);
			const message = await new Promise((resolve) => {
				session.onMessageReceived = resolve;
			});
			assert.equal(message, "first");
		});
	});

	describe("iterating", () => {
		it("ends with a clean end and throws any other", async () => {
			const { port } = await serve({
				onHandshakeSuccess(session) {
					session.onMessageReceived = (message) => (message === "abort" ? session.abort() : void session.close());
				},
			});
			const polite = await client(port).connect();
			polite.send("close");
			for await (const message of polite) assert.fail(message);
			const rude = await client(port).connect();
			rude.send("abort");
			await assert.rejects(
				async () => {
					for await (const message of rude) assert.fail(message);
				},
				(error) => error instanceof SessionEnd && error.reason === "cut-off",
			);
			await assert.rejects(rude[Symbol.asyncIterator]().next(), { reason: "cut-off" });
		});

		it("is for one reader at a time", async () => {
			const { port } = await serve({ onHandshakeSuccess: echo });
			const session = await client(port).connect();
			const reader = session[Symbol.asyncIterator]();
			assert.throws(() => session[Symbol.asyncIterator](), { code: "LST_ITERATING" });
			const first = reader.next();
			await assert.rejects(reader.next(), { code: "LST_ITERATING" });
			session.send("x");
			assert.equal((await first).value, "x");
			await reader.return?.();
			session.send("y");
			assert.equal((await session[Symbol.asyncIterator]().next()).value, "y");
		});
	});

	describe("keys and options", () => {
		it("the key of setHandshakeKey serves who is given none", async () => {
			assert.throws(() => new LightweightSecureServer({}), { code: "LST_NO_KEY" });
			LightweightSecureTCP.setHandshakeKey(key);
			assert.throws(() => LightweightSecureTCP.setHandshakeKey("x" as never), TypeError);
			const { port } = await serve({ key: undefined });
			const session = await client(port, { key: undefined }).connect();
			assert.equal(session.keyId, key.id);
		});

		it("several keys of a server, and what fails with others and with other contexts", async () => {
			const other = new Key(Key.randomOctets());
			const { port } = await serve({ keys: [key, other], context: "boiler-7" });
			for (const one of [key, other])
				assert.equal((await client(port, { key: one, context: "boiler-7" }).connect()).keyId, one.id);
			const stranger = new Key(Key.randomOctets());
			assert.equal(
				(await failure(client(port, { key: stranger, context: "boiler-7" }).connect())).reason,
				"closed-by-peer",
			);
			assert.equal((await failure(client(port, { context: "boiler-8" }).connect())).reason, "closed-by-peer");
		});

		it("a program that connects to itself is refused unless it says that it means to", async () => {
			const failed = new Promise<HandshakeError>((resolve) => {
				void serve({ allowSelfConnection: undefined, onHandshakeFailed: resolve }).then(({ port }) =>
					failure(client(port).connect()),
				);
			});
			assert.equal((await failed).reason, "own-request");
		});

		it("wrong ones are named at construction", () => {
			assert.throws(() => new LightweightSecureServer({ key, port: 65_536 }), /port/);
			assert.throws(() => new LightweightSecureServer({ key, maxSessions: 0 }), /maxSessions/);
			assert.throws(() => new LightweightSecureServer({ key, onHandshakeSuccess: "x" as never }), /onHandshakeSuccess/);
			assert.throws(() => new LightweightSecureServer(undefined as never), TypeError);
			assert.throws(() => new LightweightSecureClient({ key, host, port: 0 }), /port/);
			assert.throws(() => new LightweightSecureClient({ key, port: 1 } as never), /host/);
			assert.throws(() => new LightweightSecureClient({ key, host, port: 1, format: "text" as never }), /format/);
		});
	});

	describe("connecting", () => {
		it("tells refused, unreachable and silent apart", async () => {
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

		it("a signal gives it up, before and during", async () => {
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

		it("close gives it up, and the client can connect again", async () => {
			const { port } = await serve({ onHandshakeSuccess: echo });
			const mine = client(port);
			const pending = mine.connect();
			await assert.rejects(mine.connect(), { code: "LST_STARTED" });
			await Promise.all([mine.close(), assert.rejects(pending, { reason: "aborted" })]);
			const session = await mine.connect();
			assert.ok(session.active);
		});

		it("a failure goes to onHandshakeFailed, with the peer where there was one", async () => {
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

	describe("server", () => {
		it("says that a port is in use, and can be started once", async () => {
			const { server, port } = await serve();
			await assert.rejects(server.start(), { code: "LST_STARTED" });
			const second = new LightweightSecureServer({ key, host, port });
			await assert.rejects(second.start(), { code: "LST_LISTEN", message: /in use/ });
			const told = await new Promise((resolve) => {
				void new LightweightSecureServer({ key, host, port, onError: resolve }).start();
			});
			assert.match(String(told), /in use/);
		});

		it("can be stopped and started again", async () => {
			const { server } = await serve({ onHandshakeSuccess: echo });
			await server.stop();
			await server.stop();
			assert.equal(server.address, undefined);
			const { port } = await server.start();
			assert.ok((await client(port).connect()).active);
		});

		it("above its sessions refuses by Disconnect(6), and takes one again when there is room", async () => {
			const { server, port } = await serve({ maxSessions: 1 });
			const first = await client(port).connect();
			assert.equal((await failure(client(port).connect())).reason, "no-capacity");
			await first.close();
			while (server.sessions.size) await sleep(1);
			assert.ok((await client(port).connect()).active);
		});

		it("above its handshakes closes unheard, and serves on when they are over", async () => {
			const reasons: string[] = [];
			const { port } = await serve({
				maxPendingHandshakes: 2,
				handshakeTimeout: 200,
				onHandshakeFailed: (error) => reasons.push(error.reason),
			});
			const idle = [net.connect(port, host), net.connect(port, host)];
			await Promise.all(idle.map((socket) => once(socket, "connect")));
			assert.equal((await failure(client(port).connect())).reason, "closed-by-peer");
			await Promise.all(idle.map((socket) => once(socket, "close")));
			assert.ok((await client(port).connect()).active);
			assert.deepEqual(reasons, ["no-capacity", "timeout", "timeout"]);
		});
	});

	describe("strangers", () => {
		for (const [who, octets, reason] of [
			["an HTTP client", Buffer.from("GET / HTTP/1.1\r\nHost: x\r\n\r\n"), "malformed-packet"],
			["a TLS client", Buffer.from("160301020001000001fc0303", "hex"), "malformed-packet"],
			["random octets", Buffer.alloc(300, 0x9d), "malformed-packet"],
			["a record from nowhere", Buffer.from("0500112233445566778899aabbccddeeff", "hex"), "unexpected-packet"],
			["silence", Buffer.alloc(0), "timeout"],
			["half a request", Buffer.from(`0201${key.id}`, "hex"), "timeout"],
		] as const)
			it(`${who}: closed without an answer, named, and the others are served on`, async () => {
				const reasons: string[] = [];
				const { port } = await serve({
					handshakeTimeout: 200,
					onHandshakeSuccess: echo,
					onHandshakeFailed: (error) => reasons.push(error.reason),
				});
				const session = await client(port).connect();
				const stranger = net.connect(port, host).on("error", () => {});
				let answered = 0;
				stranger.on("data", (chunk) => {
					answered += chunk.length;
				});
				stranger.write(octets);
				await once(stranger, "close");
				assert.equal(answered, 0);
				assert.deepEqual(reasons, [reason]);
				session.send("still here");
				assert.equal((await session[Symbol.asyncIterator]().next()).value, "still here");
			});

		it("one octet at a time does not stretch the deadline", async () => {
			const reasons: string[] = [];
			const { port } = await serve({ handshakeTimeout: 300, onHandshakeFailed: (error) => reasons.push(error.reason) });
			const slow = net.connect(port, host).on("error", () => {});
			const began = performance.now();
			const request = Buffer.concat([Buffer.from([2, 1]), Buffer.from(key.id, "hex"), Buffer.alloc(49)]);
			let sent = 0;
			const timer = setInterval(() => slow.write(request.subarray(sent, ++sent)), 50);
			await once(slow, "close");
			clearInterval(timer);
			assert.deepEqual(reasons, ["timeout"]);
			assert.ok(performance.now() - began < 2_000);
		});
	});

	describe("liveness", () => {
		it("KeepAlives keep an idle session, and a peer that falls silent ends it", async () => {
			const { port } = await serve({ keepAliveInterval: 40, inactivityTimeout: 10_000 });
			const idle = await client(port, { keepAliveInterval: 40, inactivityTimeout: 200 }).connect();
			await sleep(600);
			assert.ok(idle.active);
			assert.ok(idle.counts.packetsReceived > 5);
			await idle.close();
			const { port: mute } = await serve({ keepAliveInterval: 9_000, inactivityTimeout: 10_000 });
			const session = await client(mute, { keepAliveInterval: 40, inactivityTimeout: 200 }).connect();
			const end = await session.closed;
			assert.equal(end.reason, "idle-too-long");
			assert.equal(end.by, "self");
		});
	});
});
