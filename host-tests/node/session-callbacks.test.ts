import assert from "node:assert/strict";
import { once } from "node:events";
import { setTimeout as sleep } from "node:timers/promises";
import { type LightweightSecureClient, LightweightSecureServer, type Session } from "../../src/node/index.js";
import { nodePlatform } from "../../src/node/platform.js";
import { client, closeAll, echo, host, key, open, serve, until } from "../helpers/loopback.js";

describe("callbacks of sessions, over loopback", () => {
	afterEach(closeAll);

	it("are called in the order of the wire, with their owner as `this`", async () => {
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
		await until(() => heard.includes("server message hello"));
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

	it("are not called after close of a session, a client or a server", async () => {
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
		const whole = client(port, { onDisconnected: () => void heard.push("disconnected") });
		(await whole.connect()).onSessionEnded = () => void heard.push("closed client's session ended");
		heard.length = 0;
		await whole.close();
		await sleep(20);
		assert.deepEqual(heard, ["ended"], "only by the server's side of the session that the client has closed");
		await server.close();
		assert.deepEqual(heard, ["ended"]);
	});

	it("of open sessions are not called by the server's close", async () => {
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

	it("are not called after onSessionEnded", async () => {
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

	it("that throw break nothing; the error goes to the session's onError, or else to the owner's", async () => {
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

	it("that reject are reported to onError if, as on a device, an unhandled rejection ends the program", async () => {
		const platform = nodePlatform as { reportsRejections?: boolean };
		platform.reportsRejections = true;
		try {
			const told: string[] = [];
			const onError = (error: unknown) => void told.push((error as Error).message);
			const fail = async (message: string) => {
				throw new Error(message);
			};
			const { server, port } = await serve({
				onError,
				onHandshakeSuccess(session) {
					session.onMessageReceived = fail;
					return fail("in onHandshakeSuccess") as never;
				},
			});
			const mine = client(port, { onError });
			(await mine.connect()).send("in onMessageReceived");
			await until(() => told.length >= 2);
			await server.close();
			void new LightweightSecureServer({ key, host: "no address", onError }).start();
			void client(port, { onError }).connect();
			const never = client(port, { onError, delivery: "acknowledged" });
			void never.deliver("never");
			await never.close();
			await until(() => told.length >= 4);
			const [first, second, ...others] = told;
			assert.deepEqual([first, second], ["in onHandshakeSuccess", "in onMessageReceived"]);
			assert.ok(others.some((message) => message.startsWith("cannot listen")));
			assert.ok(others.some((message) => message.startsWith("nothing listens")));
		} finally {
			delete platform.reportsRejections;
		}
	});

	it("that reject are likewise reported if they are onReconnecting or onError themselves", async () => {
		const platform = nodePlatform as { reportsRejections?: boolean; report: (error: unknown) => void };
		const { report } = platform;
		const told: string[] = [];
		platform.reportsRejections = true;
		platform.report = (error) => void told.push((error as Error).message);
		try {
			const fail = (message: string) => async () => {
				throw new Error(message);
			};
			const { port } = await serve({
				onHandshakeSuccess(session) {
					session.onError = fail("in the session's onError");
					session.onMessageReceived = fail("in onMessageReceived");
				},
			});
			const mine = client(port);
			(await mine.connect()).send("hello");
			await until(() => told.length >= 1);
			const nowhere = client(1, {
				reconnect: true,
				onReconnecting: fail("in onReconnecting"),
				onError: fail("in onError"),
			});
			void nowhere.connect();
			await until(() => told.length >= 2);
			assert.deepEqual(told, ["in the session's onError", "in onError"]);
		} finally {
			delete platform.reportsRejections;
			platform.report = report;
		}
	});

	it("connect's promise may be ignored: onError is told of a rejection that no other callback is told of", async () => {
		const platform = nodePlatform as { reportsRejections?: boolean };
		const told: string[] = [];
		const { port } = await serve();
		const mine = client(port, {
			onHandshakeFailed: ({ reason }) => void told.push(reason),
			onError: (error) => void told.push((error as { code: string }).code),
		});
		void mine.connect({ signal: AbortSignal.abort() });
		await sleep(1);
		platform.reportsRejections = true;
		try {
			void mine.connect();
			void mine.connect();
			await until(() => told.length >= 1);
			assert.deepEqual(told, ["LST_STARTED"]);
		} finally {
			delete platform.reportsRejections;
		}
	});

	it("are not called after close: an error then becomes a warning and does not reach onError", async () => {
		const { port } = await serve({ onHandshakeSuccess: echo });
		const session = await client(port).connect();
		const warned = once(process, "warning");
		session.onError = () => assert.fail();
		session.onMessageReceived = () => {
			void session.close();
			throw new Error("behind close");
		};
		session.send("echo");
		assert.match((await warned)[0].message, /behind close/);
		const closed = new LightweightSecureServer({ key, host, port, onError: () => assert.fail() });
		const failed = assert.rejects(closed.start(), { code: "LST_LISTEN" });
		await closed.close();
		await failed;
		const again = once(process, "warning");
		closed.notify(new Error("the announcement has failed"));
		assert.match((await again)[0].message, /announcement/);
	});

	it("of a closed session are not called, nor is onConnected: its errors go to the client's onError", async () => {
		const told: string[] = [];
		const { port } = await serve({ onHandshakeSuccess: echo });
		const mine = client(port, {
			onError: (error) => void told.push(`client: ${(error as Error).message}`),
			onConnected: () => void told.push("connected"),
			onHandshakeSuccess(session) {
				session.onError = () => void told.push("session");
				void session.close();
				session.onMessageReceived = () => {};
				throw new Error("behind close");
			},
		});
		await (await mine.connect()).closed;
		const other = await client(port, {
			onError: (error) => void told.push(`client: ${(error as Error).message}`),
		}).connect();
		other.onError = () => void told.push("session");
		other.onMessageReceived = () => {
			void other.close();
			throw new Error("behind its close");
		};
		other.send("echo");
		await other.closed;
		assert.deepEqual(told, ["client: behind close", "client: behind its close"]);
	});

	it("onDataSent is told how many messages the network has taken", async () => {
		const { port } = await serve({ onHandshakeSuccess: echo });
		const session = await client(port).connect();
		let sent = 0;
		session.onDataSent = (messages) => {
			sent += messages;
		};
		for (let i = 0; i < 5; i++) session.send(`${i}`);
		await until(() => sent >= 5);
		assert.equal(sent, 5);
	});
});
