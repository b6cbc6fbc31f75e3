import assert from "node:assert/strict";
import { once } from "node:events";
import * as net from "node:net";
import { setTimeout as sleep } from "node:timers/promises";
import type { HandshakeError, SessionEnd } from "../../src/core/errors.js";
import { Key, type ReconnectOptions } from "../../src/node/index.js";
import { client, closeAll, echo, failure, host, key, serve, until } from "../helpers/loopback.js";

/** A port where nobody listens. */
async function freePort(): Promise<number> {
	const server = net.createServer().listen(0, host);
	await once(server, "listening");
	const { port } = server.address() as net.AddressInfo;
	server.close();
	return port;
}

const quickly: ReconnectOptions = { minDelay: 10, maxDelay: 50 };

/** A client that reconnects, and what its callbacks were told. */
function stubborn(port: number, reconnect: ReconnectOptions = quickly, more: object = {}) {
	const told: { delay: number; reason: string; attempt: number }[] = [];
	const sessions: string[] = [];
	const made = client(port, {
		reconnect,
		onReconnecting: (delay: number, reason: HandshakeError | SessionEnd, attempt: number) => {
			told.push({ delay, reason: reason.reason, attempt });
		},
		onConnected: () => sessions.push("connected"),
		...more,
	});
	return { made, told, sessions };
}

describe("reconnect", () => {
	afterEach(closeAll);

	it("retries until there is a session, and follows it with another when the server has stopped", async () => {
		const port = await freePort();
		const { made, told, sessions } = stubborn(port);
		const connected = made.connect();
		await until(() => told.length >= 2);
		assert.ok(told.every(({ reason, delay }) => reason === "refused" && delay >= 10));
		const first = await serve({ port, onHandshakeSuccess: echo });
		const session = await connected;
		session.send("hello");
		await first.server.close();
		await until(() => told.some(({ reason }) => reason === "server-stopped"));
		await serve({ port, onHandshakeSuccess: echo });
		await until(() => sessions.length === 2);
		assert.ok(made.session?.active);
		assert.notEqual(made.session, session);
	});

	it("waits longer between attempts if the keys differ", async () => {
		const { port } = await serve();
		const { made, told } = stubborn(port, quickly, { key: new Key(Key.randomOctets()) });
		void made.connect();
		await until(() => told.length >= 3);
		assert.ok(told.every(({ delay, reason }) => delay >= 50 && reason === "closed-by-peer"));
	});

	it("counts attempts up while sessions end at once, and anew after one that has lasted resetAfter", async () => {
		const { port } = await serve({ onHandshakeSuccess: (session) => session.abort() });
		const { made, told } = stubborn(port, { minDelay: 2, maxDelay: 1_000 });
		void made.connect();
		await until(() => told.length >= 6);
		assert.deepEqual(
			told.slice(0, 6).map(({ attempt }) => attempt),
			[1, 2, 3, 4, 5, 6],
		);
		const lasting = await serve({ onHandshakeSuccess: (session) => void setTimeout(() => session.abort(), 5) });
		const other = stubborn(lasting.port, { ...quickly, resetAfter: 1 });
		void other.made.connect();
		await until(() => other.told.length >= 3);
		assert.deepEqual(
			other.told.slice(0, 3).map(({ attempt }) => attempt),
			[1, 1, 1],
		);
	});

	it("onReconnecting can postpone the next attempt by returning a delay, or stop it by returning false", async () => {
		const port = await freePort();
		const later = client(port, { reconnect: quickly, onReconnecting: () => 60_000 });
		const connected = later.connect();
		await sleep(50);
		await serve({ port });
		later.reconnectNow();
		assert.ok((await connected).active);
		const never = client(await freePort(), {
			reconnect: { ...quickly, attempt: 7 },
			onReconnecting: (_, __, attempt) => attempt < 8 && 0,
		});
		assert.equal((await failure(never.connect())).reason, "refused");
		assert.equal((await failure(never.connect())).reason, "refused", "and connect can be called again");
	});

	it("connect called within onHandshakeFailed rejects, as does the connect before it", async () => {
		const port = await freePort();
		const one = client(port, { onHandshakeFailed: () => again || void (again = one.connect()) });
		let again: Promise<unknown> | undefined;
		assert.equal((await failure(one.connect())).reason, "refused");
		assert.equal((await failure(again!)).reason, "refused");
	});

	it("close or a signal ends the attempts, and no further one follows", async () => {
		const port = await freePort();
		const { made, told } = stubborn(port);
		const connected = made.connect();
		await until(() => told.length >= 1);
		await assert.rejects(made.connect(), { code: "LST_STARTED" });
		await made.close();
		assert.equal((await failure(connected)).reason, "aborted");
		const { length } = told;
		await sleep(100);
		assert.equal(told.length, length);
		const controller = new AbortController();
		const signalled = client(port, { reconnect: quickly });
		const given = signalled.connect({ signal: controller.signal });
		await sleep(30);
		controller.abort();
		await assert.rejects(given, { name: "AbortError" });
	});

	for (const callback of ["onHandshakeFailed", "onReconnecting"] as const)
		it(`a signal that is aborted within ${callback} ends the attempts`, async () => {
			const controller = new AbortController();
			let calls = 0;
			const one = client(await freePort(), {
				reconnect: quickly,
				[callback]: () => {
					if (++calls === 2) controller.abort();
				},
			});
			await assert.rejects(one.connect({ signal: controller.signal }), { name: "AbortError" });
			await sleep(100);
			assert.equal(calls, 2);
		});

	it("does not follow an application's close, even if the network fails before all is sent", async () => {
		const sockets: net.Socket[] = [];
		const io = {
			createServer: (options: net.ServerOpts, accept: (socket: net.Socket) => void) =>
				net.createServer(options, (socket) => {
					sockets.push(socket);
					accept(socket);
				}),
		};
		const { port } = await serve({ socket: { io: io as unknown as typeof net } });
		const heard: unknown[] = [];
		const onDisconnected = (end: SessionEnd) => heard.push(end);
		const { made, told } = stubborn(port, quickly, { maxQueued: 1 << 26, onDisconnected });
		const session = await made.connect();
		for (let i = 0; i < 400; i++) session.send("x".repeat(60_000));
		await sleep(50);
		const closed = session.close();
		await sleep(20);
		assert.equal(session.end, undefined, "all has left already");
		sockets[0]!.resetAndDestroy();
		await closed;
		await sleep(100);
		assert.equal(session.end!.reason, "cut-off");
		assert.deepEqual([...heard, ...told], []);
	});

	it("a key that is wiped between attempts ends them, and onError gets LST_KEY_WIPED", async () => {
		const { server, port } = await serve();
		const wiped = new Key(Key.randomOctets());
		server.addKey(new Key(Key.randomOctets()));
		const heard: string[] = [];
		const { made } = stubborn(port, quickly, {
			key: wiped,
			onError: (error: unknown) => void heard.push((error as { code: string }).code),
			onHandshakeFailed: ({ reason }: { reason: string }) => {
				heard.push(reason);
				wiped.wipe();
			},
		});
		await assert.rejects(made.connect(), { code: "LST_HANDSHAKE_ABORTED" });
		assert.deepEqual(heard, ["closed-by-peer", "aborted", "LST_KEY_WIPED"]);
	});

	it("onError can replace a wiped key by useKey and connect again", async () => {
		const { port } = await serve();
		const wiped = new Key(Key.randomOctets());
		let repaired: Promise<unknown> | undefined;
		const { made } = stubborn(port, quickly, {
			key: wiped,
			onHandshakeFailed: () => wiped.wipe(),
			onError: () => {
				made.useKey(key);
				repaired = made.connect();
			},
		});
		await assert.rejects(made.connect());
		await repaired;
		assert.ok(made.session?.active);
	});

	it("does not follow an application's close, and throws for invalid options", async () => {
		const { port } = await serve();
		const { made, told } = stubborn(port);
		await (await made.connect()).close();
		await sleep(50);
		assert.deepEqual(told, []);
		assert.throws(() => client(port, { reconnect: "yes" as never }), TypeError);
		assert.throws(() => client(port, { reconnect: { minDelay: 0 } }), RangeError);
		assert.throws(() => client(port, { reconnect: { minDelay: 100, maxDelay: 99 } }), RangeError);
		assert.throws(() => client(port, { key, reconnect: { attempt: -1 } }), RangeError);
	});
});
