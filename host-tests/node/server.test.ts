import assert from "node:assert/strict";
import { once } from "node:events";
import * as net from "node:net";
import { setTimeout as sleep } from "node:timers/promises";
import { LightweightSecureServer, type Session } from "../../src/node/index.js";
import { client, closeAll, echo, failure, host, key, serve, until } from "../helpers/loopback.js";
import { Side } from "../helpers/pair.js";

describe("server on Node.js, over loopback", () => {
	afterEach(closeAll);

	describe("server", () => {
		it("start rejects with LST_LISTEN if the port is in use, and with LST_STARTED if called before", async () => {
			const { server, port } = await serve();
			await assert.rejects(server.start(), { code: "LST_STARTED" });
			const second = new LightweightSecureServer({ key, host, port });
			await assert.rejects(second.start(), { code: "LST_LISTEN", message: /in use/ });
			const told = await new Promise((resolve) => {
				void new LightweightSecureServer({ key, host, port, onError: resolve }).start();
			});
			assert.match(String(told), /in use/);
		});

		it("two calls of stop during start let it start and then stop once, and it can be started again", async () => {
			const heard: string[] = [];
			const server = new LightweightSecureServer({ key, host, onServerStopped: () => heard.push("stopped") });
			const started = server.start();
			await Promise.all([server.stop(), server.stop()]);
			assert.ok((await started).port > 0);
			assert.deepEqual(heard, ["stopped"]);
			assert.equal(server.address, undefined);
			await server.start();
			await server.close();
		});

		it("a program held up for longer than inactivityTimeout does not time out its peers", async () => {
			const { server, port } = await serve({ inactivityTimeout: 300, keepAliveInterval: 50 });
			const connector = client(port, { inactivityTimeout: 10_000, keepAliveInterval: 50 });
			const session = await connector.connect();
			session.send("wakes it");
			await sleep(50);
			const until = performance.now() + 400;
			while (performance.now() < until);
			for (const one of server.sessions) one.send("still there?");
			await sleep(100);
			assert.equal(server.sessions.size, 1);
			assert.ok(session.active);
		});

		it("a program held up for longer than inactivityTimeout still reads a message that has arrived", async () => {
			const { server, port } = await serve({ inactivityTimeout: 300, keepAliveInterval: 50 });
			const session = await client(port, { inactivityTimeout: 10_000, keepAliveInterval: 50 }).connect();
			await sleep(50);
			const [theirs] = server.sessions;
			const iterator = theirs![Symbol.asyncIterator]();
			session.send("in time");
			const until = performance.now() + 400;
			while (performance.now() < until);
			assert.deepEqual(await iterator.next(), { done: false, value: "in time" });
		});

		it("stop before start does not affect the start", async () => {
			const server = new LightweightSecureServer({ key, host });
			const stopped = server.stop();
			const { port } = await server.start();
			await stopped;
			assert.equal(server.address?.port, port);
			await server.stop();
			assert.equal(server.address, undefined);
		});

		it("close within onMessageReceived sends the answer before it, and calls no further callback", async () => {
			const heard: string[] = [];
			const { server, port } = await serve({
				onHandshakeSuccess: (session) => {
					session.onDataSent = () => heard.push("sent");
					session.onMessageReceived = (message) => {
						heard.push(message);
						session.send("answer");
						void server.close();
						assert.throws(() => session.send("more"), { code: "LST_NOT_CONNECTED" });
					};
				},
			});
			const answers: string[] = [];
			const onHandshakeSuccess = (session: Session<"string">) => {
				session.onMessageReceived = (message) => void answers.push(message);
			};
			const one = client(port, { onHandshakeSuccess });
			const connected = one.connect();
			for (const message of ["first", "second", "third"]) one.send(message);
			assert.equal((await (await connected).closed).reason, "server-stopped");
			await sleep(20);
			assert.deepEqual([heard, answers], [["first"], ["answer"]]);
		});

		it("stop reports each handshake that it aborts to onHandshakeFailed, and close reports none", async () => {
			for (const end of ["stop", "close"] as const) {
				const reasons: string[] = [];
				let started = 0;
				const { server, port } = await serve({
					onHandshakeStarted: () => started++,
					onHandshakeFailed: ({ reason }) => reasons.push(reason),
				});
				const sockets = [net.connect(port, host), net.connect(port, host)];
				for (const socket of sockets) socket.on("error", () => {});
				await until(() => started >= 2);
				await server[end]();
				assert.deepEqual(reasons, end === "stop" ? ["aborted", "aborted"] : []);
			}
		});

		it("stop within onSessionEnded joins the running stop, and start within onServerStopped starts again", async () => {
			let stopped = 0;
			let restarted: Promise<unknown> | undefined;
			const { server, port } = await serve({
				onHandshakeSuccess: (session) => {
					session.onSessionEnded = () => void server.stop();
				},
				onServerStopped: () => {
					stopped++;
					restarted ??= server.start();
				},
			});
			await client(port).connect();
			await server.stop();
			await restarted;
			assert.equal(stopped, 1);
			assert.ok(server.address);
			await server.stop();
			assert.equal(server.address, undefined);
		});

		it("start and stop within onServerStopped leave it stopped", async () => {
			let inner: Promise<unknown> | undefined;
			const { server } = await serve({
				onServerStopped: () => {
					inner ??= Promise.all([server.start(), server.stop()]);
				},
			});
			await server.stop();
			await inner;
			assert.equal(server.address, undefined);
		});

		it("close right after stop suppresses the remaining callbacks", async () => {
			const heard: string[] = [];
			const { server, port } = await serve({
				onHandshakeSuccess: (session) => {
					session.onDataSent = () => heard.push("sent");
					session.onSessionEnded = () => heard.push("ended");
				},
				onServerStopped: () => heard.push("stopped"),
			});
			(await client(port).connect()).onMessageReceived = () => {};
			for (const session of server.sessions) for (let i = 0; i < 100; i++) session.send("x".repeat(1_000));
			const stopped = server.stop();
			const { length } = heard;
			await Promise.all([stopped, server.close()]);
			assert.equal(heard.length, length);
		});

		it("can be stopped and started again", async () => {
			const { server } = await serve({ onHandshakeSuccess: echo });
			await server.stop();
			await server.stop();
			assert.equal(server.address, undefined);
			const { port } = await server.start();
			assert.ok((await client(port).connect()).active);
		});

		it("stop frees the port although a peer reads nothing, and that peer still gets all messages later", async () => {
			const { server, port } = await serve();
			const session = await client(port).connect();
			// More than the client's socket reads ahead: it does not hear that the server has ended.
			const lengths = [1, 60_000, 60_000, 60_000, 2];
			for (const theirs of server.sessions) for (const length of lengths) theirs.send("x".repeat(length));
			await server.stop();
			await serve({ port });
			const heard: number[] = [];
			for await (const message of session) heard.push(message.length);
			assert.deepEqual([heard, session.end?.reason], [lengths, "server-stopped"]);
		});

		it("refuses clients above maxSessions as no-capacity, and accepts one again once there is room", async () => {
			const { server, port } = await serve({ maxSessions: 1 });
			const first = await client(port).connect();
			assert.equal((await failure(client(port).connect())).reason, "no-capacity");
			await first.close();
			await until(() => !server.sessions.size);
			assert.ok((await client(port).connect()).active);
		});

		it("refuses a replayed request while it is among the last 64, even if maxPendingHandshakes is 1", async () => {
			const { port } = await serve({ maxPendingHandshakes: 1 });
			const newRequest = () => new Side("client", { keys: [key] }).pump().take()[0]!;
			const answerTo = async (request: Uint8Array) => {
				const socket = net.connect(port, host);
				socket.write(request);
				const answered = await Promise.race([once(socket, "data"), once(socket, "close").then(() => undefined)]);
				socket.destroy();
				return answered !== undefined;
			};
			const first = newRequest();
			assert.ok(await answerTo(first));
			for (let i = 0; i < 63; i++) assert.ok(await answerTo(newRequest()));
			assert.ok(!(await answerTo(first)));
			assert.ok(await answerTo(newRequest()));
			assert.ok(await answerTo(first), "it is forgotten");
		});

		it("accepts clients that hold the key in spite of a flood of connections that send nothing", async () => {
			const reasons: string[] = [];
			const { port } = await serve({
				maxPendingHandshakes: 8,
				maxPendingPerAddress: 4,
				onHandshakeFailed: (error) => reasons.push(error.reason),
			});
			const flood: net.Socket[] = [];
			for (const localAddress of ["127.0.0.2", "127.0.0.3", "127.0.0.4"])
				for (let i = 0; i < 20; i++) flood.push(net.connect({ port, host, localAddress }));
			for (const socket of flood) socket.on("error", () => {});
			await Promise.all(flood.map((socket) => once(socket, "connect")));
			assert.ok((await client(port, { socket: { localAddress: "127.0.0.3" } }).connect()).active);
			assert.ok((await client(port).connect()).active);
			assert.ok(reasons.length >= 52 && reasons.every((reason) => reason === "no-capacity"), String(reasons));
			for (const socket of flood) socket.destroy();
		});
	});

	describe("strangers", () => {
		for (const [who, octets, reason] of [
			["an HTTP client", Buffer.from("GET / HTTP/1.1\r\nHost: x\r\n\r\n"), "malformed-packet"],
			["a TLS client", Buffer.from("160301020001000001fc0303", "hex"), "malformed-packet"],
			["random octets", Buffer.alloc(300, 0x9d), "malformed-packet"],
			["a record without a handshake", Buffer.from("0500112233445566778899aabbccddeeff", "hex"), "unexpected-packet"],
			["silence", Buffer.alloc(0), "timeout"],
			["half a request", Buffer.from(`0201${key.id}`, "hex"), "timeout"],
		] as const)
			it(`${who}: the connection is closed without an answer and reported, and sessions continue`, async () => {
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

		it("a request that arrives one octet at a time does not extend the handshake's deadline", async () => {
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
});
