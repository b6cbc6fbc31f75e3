import assert from "node:assert/strict";
import * as net from "node:net";
import { setTimeout as sleep } from "node:timers/promises";
import type { LightweightSecureClient, LightweightSecureServer, Session, Stream } from "../../src/node/index.js";
import { client, closeAll, host, serve, until } from "../helpers/loopback.js";

const acknowledged = { delivery: "acknowledged" } as const;
const quickly = { reconnect: { minDelay: 1, maxDelay: 20 } };

/** A proxy to `port`, whose connections can all be cut. */
async function proxy(port: number): Promise<{ port: number; cut(): void; close(): void }> {
	const sockets = new Set<net.Socket>();
	const server = net.createServer((inner) => {
		const outer = net.connect(port, host);
		for (const [from, to] of [
			[inner, outer],
			[outer, inner],
		] as const) {
			sockets.add(from);
			from.on("error", () => {}).on("close", () => sockets.delete(from) && to.destroy());
			from.pipe(to);
		}
	});
	await new Promise<void>((resolve) => server.listen(0, host, resolve));
	return {
		port: (server.address() as net.AddressInfo).port,
		cut: () => {
			for (const socket of sockets) socket.resetAndDestroy();
		},
		close: () => server.close(),
	};
}

/** A server that keeps the messages that it receives, and its streams. */
async function keeping(more: object = {}) {
	const received: string[] = [];
	const streams: Stream[] = [];
	const { server, port } = await serve({
		...acknowledged,
		onStream: (stream: Stream) => streams.push(stream),
		onHandshakeSuccess: (session: Session<"string">) => {
			session.onMessageReceived = (message) => void received.push(message);
		},
		...more,
	});
	return { server, port, received, streams };
}

describe("acknowledged delivery over sockets", () => {
	afterEach(closeAll);

	it("deliver resolves once the peer's application has the message, in both directions", async () => {
		const { port, received, streams } = await keeping();
		const back: string[] = [];
		const one = client(port, {
			...acknowledged,
			onHandshakeSuccess: (session) => {
				session.onMessageReceived = (message) => void back.push(message);
			},
		});
		const early = one.deliver("before there is a session");
		await one.connect();
		await early;
		await one.session!.deliver("in it");
		assert.deepEqual(received, ["before there is a session", "in it"]);
		await streams[0]!.deliver(Buffer.from("from the server"));
		assert.deepEqual(back, ["from the server"]);
		assert.equal(streams[0]!.id, one.stream?.id);
		assert.equal(one.stream?.undelivered, 0);
	});

	it("loses, duplicates and reorders nothing when the connection is cut again and again", async () => {
		const { port, received, streams } = await keeping();
		const line = await proxy(port);
		const back: string[] = [];
		const one = client(line.port, {
			...acknowledged,
			...quickly,
			onHandshakeSuccess: (session) => {
				session.onMessageReceived = (message) => void back.push(message);
			},
		});
		void one.connect();
		const sent = Array.from({ length: 400 }, (_, i) => `${i} ${"x".repeat((i * 37) % 900)}`);
		const deliveries: Promise<void>[] = [];
		for (const [i, message] of sent.entries()) {
			deliveries.push(one.deliver(message));
			if (streams[0]) deliveries.push(streams[0].deliver(Buffer.from(`back ${i}`)));
			if (i % 10 === 9) await sleep(3);
			if (i % 20 === 19) line.cut();
		}
		await Promise.all(deliveries);
		assert.deepEqual(received, sent);
		assert.deepEqual(
			back,
			[...back].sort((a, b) => Number(a.slice(5)) - Number(b.slice(5))),
		);
		assert.equal(new Set(back).size, back.length);
		assert.equal(back.length + sent.length, deliveries.length);
		assert.equal(streams.length, 1);
		line.close();
	});

	it("a message that waits for a restarted server is delivered, and onNewEpoch is called on both sides", async () => {
		const heard: string[] = [];
		const first = await keeping({ onNewEpoch: () => heard.push("first server") });
		const one = client(first.port, { ...acknowledged, ...quickly, onNewEpoch: () => heard.push("client") });
		await one.connect();
		await one.deliver("one");
		await first.server.close();
		const waiting = one.deliver("two");
		const second = await keeping({ port: first.port, onNewEpoch: () => heard.push("second server") });
		await waiting;
		assert.deepEqual(second.received, ["two"]);
		assert.deepEqual(heard.sort(), ["client", "second server"]);
	});

	it("a message that nobody reads is not acknowledged; an iterator acknowledges only what it hands out", async () => {
		let served: Session<"string"> | undefined;
		const { port } = await serve({ ...acknowledged, onHandshakeSuccess: (session) => void (served = session) });
		const one = client(port, acknowledged);
		await one.connect();
		const settled: number[] = [];
		for (let i = 0; i < 5; i++) void one.deliver(`m${i}`).then(() => settled.push(i));
		await sleep(50);
		assert.deepEqual(settled, []);
		const read: string[] = [];
		for await (const message of served!) {
			read.push(message);
			if (read.length === 3) break;
		}
		await until(() => settled.length === 3);
		assert.deepEqual(read, ["m0", "m1", "m2"]);
		served!.onMessageReceived = (message) => void read.push(message);
		await until(() => settled.length === 5);
		assert.deepEqual(read, ["m0", "m1", "m2", "m3", "m4"]);
	});

	it("more messages than fit into maxQueued are all delivered", async () => {
		const { port, received } = await keeping({ maxQueued: 2000 });
		const one = client(port, { ...acknowledged, maxQueued: 2000, maxUndelivered: 1 << 20 });
		await one.connect();
		const sent = Array.from({ length: 50 }, (_, i) => String(i).padStart(1 + ((i * 331) % 1900), "."));
		await Promise.all(sent.map((message) => one.deliver(message)));
		assert.deepEqual(received, sent);
	});

	it("a peer that sends no hello ends the session with LST_DELIVERY_UNSUPPORTED, on either side", async () => {
		const errors: string[] = [];
		const onError = (error: unknown) => void errors.push((error as { code: string }).code);
		const plain = await serve({ onHandshakeSuccess: (session) => void (session.onMessageReceived = () => {}) });
		const one = client(plain.port, { ...acknowledged, handshakeTimeout: 100, onError });
		const end = await (await one.connect()).closed;
		assert.equal(end.reason, "protocol-error");
		const talking = await serve({ onHandshakeSuccess: (session) => void session.send("no hello") });
		const answered = await client(talking.port, { ...acknowledged, onError }).connect();
		assert.equal((await answered.closed).reason, "protocol-error");
		for (const format of ["string", "buffer"] as const) {
			const echoing = await serve<"string" | "buffer">({
				format,
				onHandshakeSuccess(session) {
					session.onMessageReceived = (message) => session.send(message);
				},
			});
			const echoed = await client(echoing.port, { ...acknowledged, onError }).connect();
			assert.equal((await echoed.closed).reason, "protocol-error");
		}
		const keeper = await keeping({ handshakeTimeout: 100, onError });
		const other = await client(keeper.port).connect();
		assert.equal((await other.closed).reason, "protocol-error");
		const talker = await client(keeper.port).connect();
		talker.send("hello, I know nothing of this");
		assert.equal((await talker.closed).reason, "protocol-error");
		assert.deepEqual(errors, Array(6).fill("LST_DELIVERY_UNSUPPORTED"));
		assert.deepEqual(keeper.received, []);
	});

	it("above maxStreams, a new stream displaces one without a session, or else is refused as no-capacity", async () => {
		const { port, server } = await keeping({ maxStreams: 2 });
		const device = (id: number) => client(port, { ...acknowledged, streamId: new Uint8Array(16).fill(id) });
		const [a, b, c] = [device(1), device(2), device(3)];
		for (const one of [a, b]) await one.connect();
		for (const one of [a, b]) await one.deliver("x");
		assert.equal((await (await c.connect()).closed).reason, "no-capacity");
		await a.close();
		await until(() => [...server.streams].filter(({ attached }) => attached).length === 1);
		await c.connect();
		await c.deliver("x");
		assert.deepEqual(
			[...server.streams].map(({ id }) => id.slice(0, 2)),
			["02", "03"],
		);
	});

	it("acknowledgements are processed while received messages wait for their reader", async () => {
		const { port, streams, received } = await keeping();
		const one = client(port, acknowledged);
		const session = await one.connect();
		await one.deliver("up");
		for (let i = 0; i < 5; i++) void streams[0]!.deliver(Buffer.from(`down ${i}`)).catch(() => {});
		await sleep(30);
		await one.deliver("up again, while nobody reads");
		const read: string[] = [];
		for await (const message of session) {
			await session.deliver(`answer to ${message}`);
			if (read.push(message) === 5) break;
		}
		assert.deepEqual(read, ["down 0", "down 1", "down 2", "down 3", "down 4"]);
		assert.equal(received.length, 7);
	});

	it("a message whose callback closes the session is acknowledged first", async () => {
		const { port, streams } = await keeping({ maxStreams: 2 });
		for (let i = 0; i < 5; i++) {
			const one = client(port, {
				...acknowledged,
				onHandshakeSuccess: (session) => {
					session.onMessageReceived = () => void session.close();
				},
			});
			const session = await one.connect();
			await until(() => streams.length === i + 1);
			await streams[i]!.deliver(Buffer.from("and good-bye"));
			await session.closed;
			await one.close();
		}
	});

	it("messages behind one whose callback ends the session are delivered in the next session", async () => {
		for (const end of ["close", "abort"] as const) {
			const served: Session<"string">[] = [];
			let blocked = false;
			const io = {
				createServer: (options: net.ServerOpts, accept: (socket: net.Socket) => void) =>
					net.createServer(options, (socket) => {
						Object.defineProperty(socket, "writableNeedDrain", { get: () => blocked });
						accept(socket);
					}),
			};
			const onHandshakeSuccess = (session: Session<"string">) => void served.push(session);
			const { port } = await serve({
				...acknowledged,
				socket: { io: io as unknown as typeof net },
				onHandshakeSuccess,
			});
			const one = client(port, { ...acknowledged, ...quickly });
			await one.connect();
			const delivered = Promise.all(["one", "two", "three"].map((message) => one.deliver(message)));
			await until(() => served[0]?.counts.messagesReceived === 4);
			const read: string[] = [];
			blocked = true;
			served[0]!.onMessageReceived = (message) => {
				read.push(message);
				void served[0]![end]();
			};
			await sleep(10);
			assert.deepEqual(read, ["one"]);
			blocked = false;
			served[0]!.abort();
			await until(() => served.length === 2);
			served[1]!.onMessageReceived = (message) => void read.push(message);
			await delivered;
			assert.deepEqual(read.slice(-2), ["two", "three"]);
		}
	});

	it("empty messages that nobody reads hold their sender back as well", async () => {
		const { port, server } = await serve({ ...acknowledged, maxUndelivered: 260 });
		const one = client(port, { ...acknowledged, maxUndelivered: 1 << 20 });
		await one.connect();
		const [session] = server.sessions;
		for (let i = 0; i < 10_000; i++) one.deliver("").catch(() => {});
		await until(() => session!.counts.messagesReceived > 10);
		await sleep(50);
		// Beside the hello: ten that fill `maxUndelivered`, one above them, and the rest of a Bundle.
		assert.ok(session!.counts.messagesReceived < 200, `${session!.counts.messagesReceived} messages`);
	});

	it("deliver rejects if close or abort follows within onHandshakeSuccess, or if the session has ended", async () => {
		for (const end of ["close", "abort"] as const) {
			const { port } = await keeping();
			const one = client(port, { ...acknowledged, onHandshakeSuccess: (session) => void session[end]() });
			const outcome = assert.rejects(one.deliver("never"), { code: "LST_NOT_DELIVERED" });
			await (await one.connect()).closed;
			await one.close();
			await outcome;
		}
		let served: Session<"string"> | undefined;
		const { port } = await serve({ ...acknowledged, onHandshakeSuccess: (session) => void (served = session) });
		await (await client(port).connect()).close();
		await served!.closed;
		await assert.rejects(served!.deliver("x"), { code: "LST_NOT_CONNECTED" });
	});

	it("a peer that aborts while its messages are unread ends the session as cut-off and the iteration; what was read is in order", async () => {
		let served: Session<"string"> | undefined;
		const { port } = await serve({ ...acknowledged, onHandshakeSuccess: (session) => void (served = session) });
		const one = client(port, acknowledged);
		const session = await one.connect();
		const sent = Array.from({ length: 5 }, (_, i) => one.deliver(`m${i}`).catch(() => {}));
		await until(() => served?.stream !== undefined);
		await sleep(30);
		session.abort();
		const read: string[] = [];
		try {
			for await (const message of served!) read.push(message);
		} catch (error) {
			assert.equal((error as { reason: string }).reason, "cut-off");
		}
		await one.close();
		await Promise.all(sent);
		assert.deepEqual(read, ["m0", "m1", "m2", "m3", "m4"].slice(0, read.length));
		assert.equal(served!.end?.reason, "cut-off");
	});

	it("the longest message, with and without padTo, is delivered, and a longer one is refused", async () => {
		for (const [options, longest] of [
			[{}, 65_528],
			[{ padTo: 64 }, 65_524],
		] as const) {
			const { port, received } = await keeping(options);
			const one = client(port, { ...acknowledged, ...options });
			await one.connect();
			await one.deliver("x".repeat(longest));
			assert.equal(received[0]?.length, longest);
			await assert.rejects(one.deliver("x".repeat(longest + 1)), RangeError);
		}
		assert.throws(() => client(1, { ...acknowledged, maxQueued: 64 }), RangeError);
	});

	it("server.close rejects messages that wait for a client without a session", async () => {
		const { server, port, streams } = await keeping();
		const one = client(port, acknowledged);
		await one.connect();
		await one.deliver("x");
		await one.close();
		await until(() => !streams[0]!.attached);
		const waiting = assert.rejects(streams[0]!.deliver(Uint8Array.of(1)), { code: "LST_NOT_DELIVERED" });
		await server.close();
		await waiting;
	}).timeout(5_000);

	it("send and deliver exclude each other, invalid options throw, and close rejects what waits", async () => {
		const { port } = await keeping();
		const [one, plain] = [client(port, acknowledged), client((await serve()).port)];
		const waiting = one.deliver("never");
		const outcome = assert.rejects(waiting, { code: "LST_NOT_DELIVERED" });
		await one.close();
		await outcome;
		await assert.rejects(one.deliver("never, too"), { code: "LST_NOT_DELIVERED" });
		await assert.rejects(one.stream!.deliver(Uint8Array.of(1)), { code: "LST_NOT_DELIVERED" });
		const session = await one.connect();
		assert.throws(() => session.send("x"), { code: "LST_DELIVERY" });
		await assert.rejects(session.deliver("x".repeat(65_529)), RangeError);
		await assert.rejects((await plain.connect()).deliver("x"), { code: "LST_DELIVERY" });
		await assert.rejects(plain.deliver("x"), { code: "LST_DELIVERY" });
		const make: (options: object) => LightweightSecureClient<"string"> = (options) => client(port, options);
		assert.throws(() => make({ delivery: "best effort" }), RangeError);
		assert.throws(() => make({ ...acknowledged, streamId: new Uint8Array(15) }), RangeError);
		assert.throws(() => make({ ...acknowledged, streamId: "id" }), TypeError);
		assert.throws(() => make({ ...acknowledged, maxUndelivered: 1 }), RangeError);
		const servers: LightweightSecureServer<"string">[] = [(await serve()).server];
		assert.deepEqual([...servers[0]!.streams], []);
	});
});
