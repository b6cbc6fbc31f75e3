import TCP from "embedded:io/socket/tcp";
import Time from "time";
import Timer from "timer";
import { moddableCrypto } from "../moddable/crypto.js";
import {
	type ClientOptions,
	type Format,
	HandshakeError,
	Key,
	LightweightSecureClient,
	LightweightSecureServer,
	type ServerOptions,
	type Session,
	SessionEnd,
} from "../moddable/index.js";
import { type Check, equal, ok } from "./check.js";

const host = "127.0.0.1";

const sleep = (milliseconds: number) => new Promise<void>((resolve) => Timer.set(() => resolve(), milliseconds));

/** Both ends over the platform's own sockets, each check with a server and keys of its own. */
export function loopbackChecks(): Check[] {
	const key = new Key(Key.randomOctets());
	const other = new Key(Key.randomOctets());

	const withServer = async <F extends Format>(
		options: Partial<ServerOptions<F>>,
		use: (port: number, server: LightweightSecureServer<F>) => Promise<void>,
	) => {
		const server = new LightweightSecureServer<F>({ key, allowSelfConnection: true, ...options });
		const { port } = await server.start();
		try {
			await use(port, server);
		} finally {
			await server.close();
		}
	};
	const client = <F extends Format>(port: number, options: Partial<ClientOptions<F>>) =>
		new LightweightSecureClient<F>({ key, host, port, ...options });
	const echo = (session: Session<"buffer">) => {
		session.onMessageReceived = (message) => session.send(message);
	};
	const failure = async (promise: Promise<unknown>): Promise<string> => {
		try {
			await promise;
		} catch (error) {
			if (error instanceof HandshakeError) return error.reason;
			throw error;
		}
		return "none";
	};
	/** Sends octets from a plain socket; resolves, when it is closed, with what it received. */
	const strange = (port: number, octets: Uint8Array) =>
		new Promise<number>((resolve) => {
			let answered = 0;
			let sent = false;
			const socket = new TCP({
				address: host,
				port,
				onReadable: (count: number) => {
					socket.read();
					answered += count;
				},
				onWritable: () => {
					if (!sent && octets.length) socket.write(octets);
					sent = true;
				},
				onError: () => {
					socket.close();
					resolve(answered);
				},
			});
		});

	return [
		{
			name: "random octets come from the platform and differ",
			run() {
				const draws = Array.from({ length: 8 }, () => new Uint8Array(33));
				for (const draw of draws) moddableCrypto.random(draw);
				for (const [i, draw] of draws.entries()) {
					ok(new Set(draw).size > 8, "not constant");
					for (const earlier of draws.slice(0, i)) ok(String(earlier) !== String(draw), "not repeated");
				}
			},
		},
		{
			name: "messages of 0 to 4,096 octets are echoed, whole and in order",
			run: () =>
				withServer<"buffer">({ onHandshakeSuccess: echo }, async (port) => {
					const session = await client<"buffer">(port, {}).connect();
					const sizes = [0, 1, 15, 16, 17, 300, 1024, 1536, 4096, 3];
					let place = 0;
					const send = () => session.send(new Uint8Array(sizes[place]!).fill(place));
					send();
					for await (const message of session) {
						equal(message, new Uint8Array(sizes[place]!).fill(place), `message ${place}`);
						if (++place === sizes.length) break;
						send();
					}
					equal(session.counts.messagesReceived, sizes.length, "messages");
					await session.close();
					equal(session.end?.reason, "done", "end");
				}),
		},
		{
			name: "text goes both ways, and what is sent early arrives first",
			run: () =>
				withServer<"string">(
					{
						format: "string",
						onHandshakeSuccess(session) {
							session.onMessageReceived = (message) => session.send(`echo ${message}`);
						},
					},
					async (port) => {
						const early = client<"string">(port, { format: "string" });
						const connected = early.connect();
						early.send("früh");
						const session = await connected;
						const { value } = await session[Symbol.asyncIterator]().next();
						equal(value, "echo früh", "reply");
						await session.close();
					},
				),
		},
		{
			name: "a wrong key, a wrong context and a full server are refused, and told apart",
			run: async () => {
				const reasons: string[] = [];
				const onHandshakeFailed = (error: HandshakeError) => void reasons.push(error.reason);
				await withServer<"buffer">({ maxSessions: 1, context: "a", onHandshakeFailed }, async (port) => {
					equal(await failure(client(port, { key: other, context: "a" }).connect()), "closed-by-peer", "wrong key");
					equal(await failure(client(port, { context: "b" }).connect()), "closed-by-peer", "wrong context");
					const session = await client(port, { context: "a" }).connect();
					equal(await failure(client(port, { context: "a" }).connect()), "no-capacity", "full");
					await session.close();
				});
				equal(reasons.join(), "unknown-key-id,authentication-failed,no-capacity", "what the server heard");
			},
		},
		{
			name: "strangers are closed without an answer and named, and others are served on",
			run: async () => {
				const reasons: string[] = [];
				const onHandshakeFailed = (error: HandshakeError) => void reasons.push(error.reason);
				await withServer<"buffer">(
					{ handshakeTimeout: 300, onHandshakeSuccess: echo, onHandshakeFailed },
					async (port) => {
						const http = new Uint8Array(ArrayBuffer.fromString("GET / HTTP/1.1\r\n\r\n"));
						for (const octets of [http, Uint8Array.of(1, 255, 255), new Uint8Array(0)])
							equal(await strange(port, octets), 0, "octets answered");
						const session = await client<"buffer">(port, {}).connect();
						session.send("still here");
						const { value } = await session[Symbol.asyncIterator]().next();
						equal((value as Uint8Array).length, 10, "echo");
						await session.close();
					},
				);
				equal(reasons.join(), "malformed-packet,unexpected-packet,timeout", "what the server heard");
			},
		},
		{
			name: "nobody there is told as such",
			async run() {
				let free = 0;
				await withServer<"buffer">({}, async (port) => {
					free = port;
				});
				equal(await failure(client(free, { connectTimeout: 2000 }).connect()), "unreachable", "reason");
			},
		},
		{
			name: "a message that is too long ends the session with Disconnect(3), the other lives on",
			run: () =>
				withServer<"buffer">({ maxMessage: 100, onHandshakeSuccess: echo }, async (port) => {
					const [one, two] = [await client<"buffer">(port, {}).connect(), await client<"buffer">(port, {}).connect()];
					one.send(new Uint8Array(101));
					equal((await one.closed).reason, "message-too-long", "end");
					two.send(new Uint8Array(100));
					equal(((await two[Symbol.asyncIterator]().next()).value as Uint8Array).length, 100, "echo");
					await two.close();
				}),
		},
		{
			name: "callbacks that throw break nothing and are reported; none comes after close",
			run: async () => {
				const errors: string[] = [];
				const onError = (error: unknown) => void errors.push((error as Error).message);
				await withServer<"buffer">(
					{
						onError,
						onHandshakeSuccess(session) {
							session.onMessageReceived = (message) => {
								session.send(message);
								throw new Error("on purpose");
							};
						},
					},
					async (port) => {
						const session = await client<"buffer">(port, {}).connect();
						session.send("x");
						ok((await session[Symbol.asyncIterator]().next()).value, "echo");
						session.onSessionEnded = () => void errors.push("called after close");
						await session.close();
						await sleep(50);
					},
				);
				equal(errors.join(), "on purpose", "errors");
			},
		},
		{
			name: "KeepAlives keep an idle session, silence ends it",
			run: () =>
				withServer<"buffer">({ keepAliveInterval: 50, inactivityTimeout: 5000 }, async (port) => {
					const idle = await client(port, { keepAliveInterval: 50, inactivityTimeout: 400 }).connect();
					await sleep(900);
					ok(idle.active, "idle session lives");
					await idle.close();
				}).then(() =>
					withServer<"buffer">({ keepAliveInterval: 4000, inactivityTimeout: 5000 }, async (port) => {
						const mute = await client(port, { keepAliveInterval: 50, inactivityTimeout: 300 }).connect();
						equal((await mute.closed).reason, "idle-too-long", "end");
					}),
				),
		},
		{
			name: "a slow reader gets all of a peer that is gone, though nothing can be sent to it",
			run: async () => {
				let ended: string | undefined;
				let received = 0;
				const read = async (session: Session<"buffer">) => {
					try {
						for await (const _ of session) if (++received === 1) await sleep(2500);
					} catch {
						// `end` says why.
					}
					ended = session.end?.reason;
				};
				await withServer<"buffer">(
					{ keepAliveInterval: 50, onHandshakeSuccess: (session) => void read(session) },
					async (port) => {
						const session = await client<"buffer">(port, {}).connect();
						for (let i = 0; i < 5; i++) {
							session.send(new Uint8Array(200));
							// One by one, since nothing after the second is read.
							await sleep(30);
						}
						await session.close();
						while (!ended) await sleep(20);
					},
				);
				equal(received, 5, "received");
				equal(ended, "done", "end");
			},
		},
		{
			name: "a device that was held up takes no peer for silent",
			run: () =>
				withServer<"buffer">(
					{ keepAliveInterval: 50, inactivityTimeout: 300, onHandshakeSuccess: echo },
					async (port, server) => {
						const session = await client<"buffer">(port, { inactivityTimeout: 5000 }).connect();
						session.send("still there");
						await sleep(50);
						session.send("on its way while nobody looks");
						await Promise.resolve();
						const from = Time.ticks;
						while (Time.delta(from) < 400);
						await sleep(100);
						equal(server.sessions.size, 1, "sessions");
						await session.close();
					},
				),
		},
		{
			name: "with acknowledged delivery and reconnect, messages survive sessions that are dropped, once and in order",
			run: async () => {
				const received: string[] = [];
				let served: Session<"string"> | undefined;
				const options: Partial<ServerOptions<"string">> = {
					delivery: "acknowledged",
					format: "string",
					onHandshakeSuccess(session) {
						served = session;
						session.onMessageReceived = (message) => void received.push(message);
					},
				};
				await withServer<"string">(options, async (port) => {
					const reconnect = { minDelay: 5, maxDelay: 20 };
					const one = client<"string">(port, { delivery: "acknowledged", format: "string", reconnect });
					void one.connect();
					const deliveries: Promise<void>[] = [];
					for (let i = 0; i < 30; i++) {
						deliveries.push(one.deliver(`message ${i}`));
						if (i % 5 === 4) await sleep(20);
						if (i % 10 === 9) served?.abort();
					}
					await Promise.all(deliveries);
					equal(received.join(), deliveries.map((_, i) => `message ${i}`).join(), "received");
					equal(one.stream?.undelivered, 0, "left");
					await one.close();
				});
			},
		},
		{
			name: "a connection that is dropped without a Disconnect is cut off",
			run: () =>
				withServer<"buffer">(
					{ onHandshakeSuccess: (session) => void Timer.set(() => session.abort(), 20) },
					async (port) => {
						const session = await client<"buffer">(port, {}).connect();
						let thrown: unknown;
						try {
							for await (const message of session) ok(!message, "no message");
						} catch (error) {
							thrown = error;
						}
						ok(thrown instanceof SessionEnd && thrown.reason === "cut-off", "thrown by the iteration");
					},
				),
		},
	];
}
