import assert from "node:assert/strict";
import * as net from "node:net";
import { setTimeout as sleep } from "node:timers/promises";
import { inspect } from "node:util";
import type { Session } from "../../src/node/index.js";
import { nodePlatform } from "../../src/node/platform.js";
import { client, closeAll, echo, host, key, next, serve } from "../helpers/loopback.js";

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
			assert.equal(Object.getPrototypeOf(value), Uint8Array.prototype, "always a Uint8Array and never a Buffer");
		});

		it("ends as internal-error without memory to decode a message as text, and goes on with octets", async () => {
			const platform = nodePlatform as { hasRoom?: (octets: number) => boolean };
			platform.hasRoom = (octets) => octets < 1_000;
			try {
				for (const format of ["buffer", "string"] as const) {
					const { port } = await serve<"buffer" | "string">({
						format,
						onHandshakeSuccess(session) {
							session.onMessageReceived = (message) => session.send(message);
						},
					});
					const session = await client<"buffer">(port, { format: "buffer" }).connect();
					session.send(new Uint8Array(700));
					assert.equal((await next(session)).length, 700);
					session.send(new Uint8Array(333).fill(0xff));
					assert.equal((await next(session)).length, format === "buffer" ? 333 : 999);
					session.send(new Uint8Array(334).fill(0xff));
					if (format === "buffer") assert.equal((await next(session)).length, 334);
					else assert.equal((await session.closed).reason, "internal-error");
				}
			} finally {
				delete platform.hasRoom;
			}
		});

		it("carries messages of all sizes, in order", async () => {
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

		it("is held with each of 50 clients at once", async () => {
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

		it("peer, keyId, profile, suite, age, counts and end are exposed, and no internals are shown", async () => {
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
			assert.doesNotMatch(shown, /link|outbox|records/, "no internals");
			await mine.close();
			assert.equal((await mine.closed).code, "LST_SESSION_DONE");
			assert.ok(!mine.active);
			const theirs = await sessions[0]!.closed;
			assert.equal(theirs.reason, "done");
			assert.equal(theirs.by, "peer");
			assert.equal(sessions[0]!.peer.address, host, "known after the end, too");
		});

		it("begins with the message that was sent before the session was established", async () => {
			const { port } = await serve({ onHandshakeSuccess: echo });
			const early = client(port);
			assert.throws(() => early.send("x"), { code: "LST_NOT_CONNECTED" });
			const connected = early.connect();
			early.send("early");
			const session = await connected;
			assert.deepEqual(await session[Symbol.asyncIterator]().next(), { done: false, value: "early" });
			assert.equal(early.session, session);
		});

		it("carries ill-formed UTF-8 as replacement characters if the format is text", async () => {
			const { port } = await serve({ onHandshakeSuccess: echo });
			const session = await client(port).connect();
			session.send(Uint8Array.of(0x61, 0xff, 0x62));
			assert.equal((await session[Symbol.asyncIterator]().next()).value, "a\ufffdb");
		});
	});

	describe("closing", () => {
		it("resolves once all that was sent has left this program", async () => {
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

		it("`closed` is always the same promise", async () => {
			const { port } = await serve();
			const session = await client(port).connect();
			assert.equal(session.closed, session.closed);
			await session[Symbol.asyncDispose]();
			assert.equal((await session.closed).reason, "done");
		});

		it("a session with a message that nobody takes ends once its network is gone", async () => {
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

	describe("liveness", () => {
		it("KeepAlives keep an idle session open, and a silent peer ends it as idle-too-long", async () => {
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
