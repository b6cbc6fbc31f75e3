import assert from "node:assert/strict";
import { once } from "node:events";
import { setTimeout as sleep } from "node:timers/promises";
import type { Session } from "../../src/node/index.js";
import { nodePlatform } from "../../src/node/platform.js";
import { client, closeAll, serve, until } from "../helpers/loopback.js";

const acknowledged = { delivery: "acknowledged" } as const;

/** A client in session, and the server's session with it, which nobody reads. */
async function unread(options: object = {}) {
	let session: Session<"string"> | undefined;
	const { port } = await serve({
		...acknowledged,
		...options,
		onHandshakeSuccess: (made) => {
			session = made;
		},
	});
	const one = client(port, { ...acknowledged, ...options });
	await one.connect();
	await until(() => session?.stream !== undefined);
	return { one, session: session! };
}

describe("a session of acknowledged delivery", () => {
	afterEach(closeAll);

	it("copies what a server delivers before it knows the stream, and sends it before later messages", async () => {
		const got: string[] = [];
		const outcomes: Promise<void>[] = [];
		const { port } = await serve({
			...acknowledged,
			onHandshakeSuccess(session) {
				assert.equal(session.stream, undefined);
				const room = Buffer.from("first");
				outcomes.push(session.deliver(room), session.deliver("second"));
				room.fill(0);
			},
			onStream: (stream) => outcomes.push(stream.deliver(Buffer.from("third"))),
		});
		const one = client(port, {
			...acknowledged,
			onHandshakeSuccess(session) {
				session.onMessageReceived = (message) => void got.push(message);
			},
		});
		await one.connect();
		await until(() => outcomes.length === 3);
		await Promise.all(outcomes);
		assert.deepEqual(got, ["first", "second", "third"]);
	});

	it("rejects, before the stream is known, messages above maxUndelivered and what is no message", async () => {
		const codes: string[] = [];
		const { port } = await serve({
			...acknowledged,
			maxUndelivered: 1_000,
			onHandshakeSuccess(session) {
				for (const message of [new Uint8Array(900), new Uint8Array(900), new Uint8Array(48), 7])
					session.deliver(message as Uint8Array).catch(({ code }) => codes.push(code));
			},
		});
		// This client does not use acknowledged delivery, and so names no stream.
		await client(port).connect();
		await until(() => codes.length === 2);
		assert.deepEqual(codes, ["LST_QUEUE_FULL", "LST_TYPE"]);
	});

	it("has the client's stream, and delivers to it, from onHandshakeSuccess on", async () => {
		const got: string[] = [];
		const { port } = await serve({
			...acknowledged,
			onHandshakeSuccess(session) {
				session.onMessageReceived = (message) => void got.push(message);
			},
		});
		const delivered: Promise<void>[] = [];
		const one = client(port, {
			...acknowledged,
			onHandshakeSuccess(session) {
				assert.equal(session.stream, one.stream);
				delivered.push(session.deliver("by the session"), one.deliver("by the client"));
			},
		});
		await one.connect();
		await Promise.all(delivered);
		assert.deepEqual(got, ["by the session", "by the client"]);
	});

	it("hands held messages out in order, without re-entering onMessageReceived even if that is reassigned", async () => {
		const { one, session } = await unread();
		const sent = Array.from({ length: 3_000 }, (_, i) => `${i}`);
		const delivered = Promise.all(sent.map((message) => one.deliver(message)));
		await sleep(50);
		const got: string[] = [];
		let depth = 0;
		const take = (message: string) => {
			assert.equal(++depth, 1);
			got.push(message);
			session.onMessageReceived = take;
			depth--;
		};
		session.onMessageReceived = take;
		assert.deepEqual(got, []);
		await delivered;
		assert.deepEqual(got, sent);
	});

	it("ends as out-of-memory rather than hold a message for which there is no memory", async () => {
		const platform = nodePlatform as { hasRoom?: (octets: number) => boolean };
		const { one, session } = await unread();
		const lost = assert.rejects(one.deliver("x".repeat(600)), { code: "LST_NOT_DELIVERED" });
		await sleep(30);
		const asked: number[] = [];
		platform.hasRoom = (octets) => {
			asked.push(octets);
			return octets < 500;
		};
		try {
			const second = assert.rejects(one.deliver("y".repeat(600)), { code: "LST_NOT_DELIVERED" });
			assert.equal((await session.closed).reason, "out-of-memory");
			assert.ok(asked.some((octets) => octets >= 600));
			await one.close();
			await Promise.all([lost, second]);
		} finally {
			delete platform.hasRoom;
		}
	});

	it("warns, if there is no onError, and ends as protocol-error when the peer does not have this option", async () => {
		const { port } = await serve({ ...acknowledged, handshakeTimeout: 50 });
		const warned = once(process, "warning");
		const silent = await client(port).connect();
		silent.onMessageReceived = () => {};
		const [warning] = await warned;
		assert.equal(warning.name, "LightweightSecureWarning");
		assert.match(warning.message, /does not know acknowledged delivery/);
		assert.equal((await silent.closed).reason, "protocol-error");
	});
});
