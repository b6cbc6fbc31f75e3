import assert from "node:assert/strict";
import * as net from "node:net";
import { setTimeout as sleep } from "node:timers/promises";
import { inspect } from "node:util";
import {
	type LightweightSecureClient,
	LightweightSecureServer,
	type Session,
	SessionEnd,
} from "../../src/node/index.js";
import { client, closeAll, echo, host, key, next, open, serve } from "../helpers/loopback.js";

describe("sessions on Node.js, over loopback", () => {
	afterEach(closeAll);

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

		it("carries every size, in order", async () => {
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
			assert.equal(i, sizes.length);
		});

		it("serves many clients at once, each its own", async () => {
			const { server, port } = await serve({ onHandshakeSuccess: echo });
			const sessions = await Promise.all(Array.from({ length: 50 }, () => client(port).connect()));
			assert.equal(server.sessions.size, 50);
			await Promise.all(
				sessions.map(async (session, i) => {
					session.send(`I am ${i}`);
					assert.equal(await next(session), `I am ${i}`);
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
			assert.equal(mine.suite, "psk-p256");
			assert.ok(mine.age >= 0 && mine.age < 5_000);
			assert.ok(mine.active);
			assert.equal(mine.end, undefined);
			assert.equal(mine.counts.octetsSent, 189);
			const { peer, keyId, end } = JSON.parse(JSON.stringify(mine));
			assert.deepEqual({ peer, keyId, end }, { peer: mine.peer, keyId: key.id, end: undefined });
			const shown = inspect(mine, { depth: 9, showHidden: true });
			assert.match(shown, /^Session \{.* keyId: /s);
			assert.doesNotMatch(shown, /link|outbox|records/, "not what it is made of");
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

		it("server.close keeps open sessions' callbacks quiet", async () => {
			const heard: string[] = [];
			const { server, port } = await serve({
				onHandshakeSuccess(session) {
					session.onSessionEnded = () => heard.push("ended");
					session.onDataSent = () => heard.push("sent");
				},
				onServerStopped: () => heard.push("stopped"),
			});
			const session = await client(port).connect();
			session.onMessageReceived = () => {};
			for (const one of server.sessions) one.send("last words");
			await server.close();
			assert.equal((await session.closed).reason, "server-stopped");
			assert.deepEqual(heard, []);
		});

		it("nothing follows onSessionEnded", async () => {
			const heard: string[] = [];
			const { server, port } = await serve({
				onHandshakeSuccess(session) {
					session.onSessionEnded = () => heard.push("ended");
					session.onDataSent = () => heard.push("sent");
				},
			});
			await client(port).connect();
			for (const one of server.sessions) one.send("last words");
			await server.stop();
			await sleep(20);
			assert.equal(heard.at(-1), "ended");
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

	describe("closing", () => {
		it("resolves when all that was sent has left this program", async () => {
			let received = 0;
			const { port } = await serve<"buffer">({
				format: "buffer",
				onHandshakeSuccess(session) {
					session.onMessageReceived = () => {
						received++;
					};
				},
			});
			const writes: net.Socket[] = [];
			const connect = ((options: net.NetConnectOpts) => {
				const socket = net.connect(options);
				writes.push(socket);
				return socket;
			}) as typeof net.connect;
			const session = await client<"buffer">(port, { format: "buffer", socket: { io: { connect } } }).connect();
			for (let i = 0; i < 60; i++) {
				await session.drained();
				session.send(new Uint8Array(65_000));
			}
			await session.close();
			assert.ok(writes[0]?.destroyed);
			assert.equal(writes[0]?.writableLength, 0);
			assert.equal(received, 60);
		});

		it("`closed` is one promise, however often it is asked for", async () => {
			const { port } = await serve();
			const session = await client(port).connect();
			assert.equal(session.closed, session.closed);
			await session[Symbol.asyncDispose]();
			assert.equal((await session.closed).reason, "done");
		});

		it("a session whose message nobody takes ends when its network is gone", async () => {
			const { server, port } = await serve({ inactivityTimeout: 200, keepAliveInterval: 50 });
			const session = await client(port).connect();
			session.send("nobody reads this");
			await sleep(20);
			session.abort();
			const began = performance.now();
			while (server.sessions.size && performance.now() - began < 5_000) await sleep(10);
			assert.equal(server.sessions.size, 0);
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

		it("a reading that is given up loses nothing and does not stand in the way of the next", async () => {
			const { port } = await serve({ onHandshakeSuccess: echo });
			const session = await client(port).connect();
			const first = session[Symbol.asyncIterator]();
			const abandoned = first.next();
			await first.return?.();
			assert.deepEqual(await abandoned, { done: true, value: undefined });
			assert.deepEqual(await first.next(), { done: true, value: undefined });
			session.send("kept");
			await sleep(20);
			const second = session[Symbol.asyncIterator]();
			await first.return?.();
			assert.deepEqual(await second.next(), { done: false, value: "kept" });
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
