import assert from "node:assert/strict";
import { setTimeout as sleep } from "node:timers/promises";
import { type Session, SessionEnd } from "../../src/node/index.js";
import { client, closeAll, echo, serve, until } from "../helpers/loopback.js";

describe("reading of sessions, over loopback", () => {
	afterEach(closeAll);

	describe("backpressure", () => {
		it("send throws LST_QUEUE_FULL if the queue is full, and drained and onWritable follow", async () => {
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

		for (const how of ["onMessageReceived", "for await"])
			it(`messages that each take long, by ${how}, do not keep the event loop from its other work`, async () => {
				let taken = 0;
				const work = () => {
					for (const begin = performance.now(); performance.now() - begin < 2; );
					taken++;
				};
				const { port } = await serve({
					async onHandshakeSuccess(session) {
						if (how === "onMessageReceived") session.onMessageReceived = work;
						else for await (const _ of session) work();
					},
				});
				const session = await client(port).connect();
				for (let i = 0; i < 500; i++) session.send("short");
				let turns = 0;
				while (taken < 500) {
					await sleep(1);
					turns++;
				}
				assert.ok(turns > 10, `${turns} turns`);
			});

		it("a session whose peer is gone is not active, and nothing can be sent, while messages that have arrived still come", async () => {
			const messages: string[] = [];
			const reading = new Promise<unknown>((resolve) => {
				void serve({
					async onHandshakeSuccess(session) {
						try {
							for await (const message of session) {
								messages.push(message);
								if (messages.length > 1) continue;
								await until(() => !session.active);
								assert.equal(session.end, undefined);
								await assert.rejects(session.drained(), { code: "LST_NOT_CONNECTED" });
								assert.throws(() => session.send("x"), { code: "LST_NOT_CONNECTED" });
							}
						} catch (error) {
							resolve(error);
						}
					},
				}).then(async ({ port }) => {
					const session = await client(port).connect();
					for (const message of ["a", "b", "c"]) session.send(message);
					await sleep(50);
					session.abort();
				});
			});
			assert.equal(((await reading) as SessionEnd).reason, "cut-off");
			assert.deepEqual(messages, ["a", "b", "c"]);
		});

		it("a session that nobody reads holds its sender back, and loses no message", async () => {
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
			assert.ok(stuck, "the sender is never held back");
			assert.ok(
				theirs!.counts.octetsReceived < 1 << 20,
				"the receiver keeps reading although nobody takes its messages",
			);
			void session.close();
			for await (const { length } of theirs!) sizes.push(length);
			assert.equal(sizes.length, sent);
			assert.equal(theirs?.end?.reason, "done");
		});

		it("messages wait for onMessageReceived, and arrive as soon as it is assigned", async () => {
			const { port } = await serve({ onHandshakeSuccess: (session) => void session.send("first") });
			const session = await client(port).connect();
			await sleep(20);
			const message = await new Promise((resolve) => {
				session.onMessageReceived = resolve;
			});
			assert.equal(message, "first");
		}).timeout(2_000);
	});

	describe("iterating", () => {
		it("answers to messages that arrived together leave in one packet", async () => {
			let counts: Session<"string">["counts"] | undefined;
			const { port } = await serve({
				async onHandshakeSuccess(session) {
					const before = session.counts.packetsSent;
					let answers = 0;
					for await (const message of session) {
						session.send(message);
						if (++answers === 30) await sleep(5);
						counts = { ...session.counts, packetsSent: session.counts.packetsSent - before };
					}
				},
			});
			const session = await client(port).connect();
			for (let i = 0; i < 30; i++) session.send(`message ${i}`);
			let received = 0;
			for await (const message of session) {
				assert.equal(message, `message ${received}`);
				if (++received === 30) break;
			}
			await until(() => counts?.messagesSent === 30);
			assert.equal(counts!.packetsSent, 1);
		});

		it("stops at a clean end, and throws the SessionEnd at any other", async () => {
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

		it("loses no message if next() is abandoned, and the next iterator reads on", async () => {
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

		it("allows one reader at a time, and throws LST_ITERATING for another", async () => {
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
});
