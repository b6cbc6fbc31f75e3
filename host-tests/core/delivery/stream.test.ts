import assert from "node:assert/strict";
import {
	decodeFrame,
	encodeAck,
	encodeData,
	encodeHello,
	type Hello,
	LAST_NUMBER,
} from "../../../src/core/delivery/frames.js";
import { type Carrier, Stream } from "../../../src/core/delivery/stream.js";

const ID = new Uint8Array(16).fill(0xa5);
let epochs = 0;
const freshEpoch = () => new Uint8Array(8).fill(++epochs, 0, 4).fill(epochs >> 8, 4);

const nobody = new Uint8Array(8);
const MINE = new Uint8Array(8).fill(1);
/** The hello of a peer that knows nothing yet. */
const hello = (more: Partial<Hello> = {}) =>
	encodeHello({ streamId: ID, epoch: new Uint8Array(8).fill(9), peerEpoch: nobody, first: 0, next: 0, ...more });
const newStream = (maxUndelivered = 1000) =>
	new Stream({ id: ID, newEpoch: () => MINE.slice(), maxUndelivered, longest: 500, onNewEpoch: () => {} });

/** A session that logs what its stream has it do, and frames by their types and numbers. */
function newCarrier() {
	return {
		room: 1000,
		sent: [] as (string | number)[][],
		dropped: [] as string[],
		flushes: 0,
		send(frame: Uint8Array) {
			const { type, ...rest } = decodeFrame(frame)!;
			this.sent.push([type, ...Object.values(rest).filter((field) => typeof field === "number")]);
		},
		flushSoon() {
			this.flushes++;
		},
		drop(why: string) {
			this.dropped.push(why);
		},
	};
}

/** A small seeded generator, so that failures can be reproduced: xorshift32. */
function generator(seed: number): (below: number) => number {
	let state = seed || 1;
	return (below) => {
		state ^= state << 13;
		state ^= state >>> 17;
		state ^= state << 5;
		return (state >>> 0) % below;
	};
}

/** Lets promises settle. */
const settled = () => new Promise((resolve) => setImmediate(resolve));
const text = (message: Uint8Array) => Buffer.from(message).toString();

/** One side of a stream with an application that remembers what it was handed. */
class End {
	readonly name: string;
	stream: Stream;
	/** All that was handed to the application, in order. */
	received: string[] = [];
	sent: string[] = [];
	acknowledged: string[] = [];
	newEpochs = 0;
	#number = 0;

	constructor(name: string) {
		this.name = name;
		this.stream = this.#make();
	}

	#make(): Stream {
		return new Stream({
			id: ID,
			newEpoch: freshEpoch,
			maxUndelivered: 1 << 20,
			longest: 1000,
			onNewEpoch: () => this.newEpochs++,
		});
	}

	/** Simulates a restart of its process. */
	restart(): void {
		this.stream = this.#make();
	}

	deliver(): void {
		const message = `${this.name}${this.#number++}`;
		this.sent.push(message);
		void this.stream.deliver(Buffer.from(message)).then(() => this.acknowledged.push(message));
	}
}

/** A session between both ends: frames wait until `move` delivers them, and are lost if it is cut before. */
class Session {
	readonly #ends: readonly [End, End];
	readonly #carriers: [Carrier, Carrier];
	readonly #inboxes: [Uint8Array[], Uint8Array[]] = [[], []];
	readonly #open: [boolean, boolean] = [true, true];
	readonly #attached: [boolean, boolean] = [false, false];
	readonly #streams: [Stream, Stream];
	room: number;

	constructor(client: End, server: End, room = 1 << 16) {
		this.#ends = [client, server];
		this.#streams = [client.stream, server.stream];
		this.room = room;
		this.#carriers = [this.#carrier(0), this.#carrier(1)];
		this.#attached[0] = true;
		this.#streams[0].attach(this.#carriers[0]);
	}

	#carrier(side: 0 | 1): Carrier {
		const session = this;
		return {
			get room() {
				return session.room;
			},
			send: (frame) => void this.#inboxes[side ? 0 : 1].push(frame.slice()),
			flushSoon: () => {},
			drop: (why) => {
				// The other side refuses a hello only if it was overtaken.
				assert.ok(why === "replaced" || (side === 1 && !this.#open[0]), why);
				this.close(side);
			},
		};
	}

	get over(): boolean {
		return !this.#open[0] && !this.#open[1];
	}

	get idle(): boolean {
		return !this.#inboxes[0].length && !this.#inboxes[1].length;
	}

	/** One end notices that the session is over; what it had not read is lost to it. */
	close(side: 0 | 1): void {
		if (!this.#open[side]) return;
		this.#open[side] = false;
		this.#inboxes[side].length = 0;
		this.#streams[side].detach(this.#carriers[side]);
	}

	/** Has one end send what is due, and read one frame if there is one. */
	move(side: 0 | 1): void {
		if (!this.#open[side]) return;
		const stream = this.#streams[side];
		const frame = this.#inboxes[side].shift();
		if (frame) {
			const message = this.#attached[side] ? stream.receive(frame) : stream.accept(this.#carriers[side], frame);
			this.#attached[side] = true;
			if (message) {
				this.#ends[side].received.push(text(message));
				stream.taken();
			}
		}
		if (this.#open[side] && this.#attached[side]) stream.flush();
	}

	/** Runs it until nothing is left to do. */
	settle(): void {
		do {
			this.move(0);
			this.move(1);
		} while (!this.idle);
		this.move(0);
		this.move(1);
		if (!this.idle) this.settle();
	}
}

describe("acknowledged delivery: a stream", () => {
	it("delivers messages in order, and resolves them once the peer's application has taken them", async () => {
		const [client, server] = [new End("c"), new End("s")];
		for (let i = 0; i < 3; i++) client.deliver();
		server.deliver();
		new Session(client, server).settle();
		await settled();
		assert.deepEqual(server.received, ["c0", "c1", "c2"]);
		assert.deepEqual(client.received, ["s0"]);
		assert.deepEqual(client.acknowledged, client.sent);
		assert.deepEqual(server.acknowledged, server.sent);
		assert.equal(client.stream.undelivered, 0);
		assert.equal(client.newEpochs + server.newEpochs, 0);
	});

	for (const seed of [1, 2, 3, 4, 5, 6, 7, 8])
		it(`loses, duplicates and reorders nothing over 500 connections cut at random (seed ${seed})`, async () => {
			const random = generator(seed * 7919);
			const [client, server] = [new End("c"), new End("s")];
			let sessions: Session[] = [];
			for (let connections = 0; connections < 500; ) {
				const session = sessions[random(sessions.length || 1)];
				switch (random(14)) {
					case 0:
						client.deliver();
						break;
					case 1:
						server.deliver();
						break;
					case 2:
						// One end notices now, the other perhaps much later.
						session?.close(random(2) as 0 | 1);
						break;
					case 3:
						if (sessions.length < 4) {
							connections++;
							sessions.push(new Session(client, server, random(3) ? 1 << 16 : 30));
						}
						break;
					default:
						session?.move(random(2) as 0 | 1);
				}
				sessions = sessions.filter(({ over }) => !over);
				if (random(50) === 0) await settled();
				assert.ok(isPrefix(server.received, client.sent), "the server's application");
				assert.ok(isPrefix(client.received, server.sent), "the client's application");
				assert.ok(client.acknowledged.length <= server.received.length, "nothing is acknowledged before it was taken");
				assert.ok(server.acknowledged.length <= client.received.length);
			}
			for (const session of sessions) for (const side of [0, 1] as const) session.close(side);
			new Session(client, server).settle();
			await settled();
			assert.deepEqual(server.received, client.sent);
			assert.deepEqual(client.received, server.sent);
			assert.deepEqual(client.acknowledged, client.sent);
			assert.deepEqual(server.acknowledged, server.sent);
			assert.ok(client.sent.length > 300 && server.sent.length > 300);
			assert.equal(client.newEpochs + server.newEpochs, 0);
		});

	for (const who of ["client", "server"] as const)
		it(`delivers each message at least once after a restart of the ${who}, and tells both sides`, async () => {
			const [client, server] = [new End("c"), new End("s")];
			const [restarted, other] = who === "client" ? [client, server] : [server, client];
			for (let i = 0; i < 5; i++) other.deliver();
			restarted.deliver();
			const session = new Session(client, server, 30);
			for (let i = 0; i < 8; i++) session.move((i % 2) as 0 | 1);
			for (const side of [0, 1] as const) session.close(side);
			assert.ok(restarted.received.length > 0 && restarted.received.length < 5, "cut in the middle");
			restarted.restart();
			restarted.deliver();
			new Session(client, server).settle();
			await settled();
			assert.deepEqual([...new Set(restarted.received)], other.sent);
			assert.equal(other.received.at(-1), restarted.sent.at(-1));
			assert.deepEqual(other.acknowledged, other.sent);
			assert.equal(client.newEpochs, 1);
			assert.equal(server.newEpochs, 1);
			new Session(client, server).settle();
			assert.equal(client.newEpochs + server.newEpochs, 2, "told once");
		});

	it("rejects messages above maxUndelivered, above the longest size and of a wrong type", async () => {
		const stream = new Stream({
			id: ID,
			newEpoch: freshEpoch,
			maxUndelivered: 100,
			longest: 60,
			onNewEpoch: () => {},
		});
		void stream.deliver(new Uint8Array(50)).catch(() => {});
		await assert.rejects(stream.deliver(new Uint8Array(10)), { code: "LST_QUEUE_FULL" });
		await assert.rejects(stream.deliver(new Uint8Array(61)), RangeError);
		await assert.rejects(stream.deliver("text" as never), TypeError);
		assert.equal(stream.undelivered, 1);
	});

	it("abandon rejects what waits and what follows; messages after reopen belong to another epoch", async () => {
		const [client, server] = [new End("c"), new End("s")];
		client.deliver();
		new Session(client, server).settle();
		const lost = client.stream.deliver(Buffer.from("lost"));
		client.stream.abandon();
		await assert.rejects(lost, { code: "LST_NOT_DELIVERED" });
		await assert.rejects(client.stream.deliver(Buffer.from("lost")), { code: "LST_NOT_DELIVERED" });
		client.stream.reopen();
		client.deliver();
		new Session(client, server).settle();
		assert.deepEqual(server.received, ["c0", "c1"]);
		assert.equal(server.newEpochs, 1);
	});

	it("abandon rejects what waits even if the random source fails", async () => {
		let draws = 0;
		const newEpoch = () => {
			if (draws++) throw new Error("no entropy");
			return freshEpoch();
		};
		const stream = new Stream({ id: ID, newEpoch, maxUndelivered: 1000, longest: 100, onNewEpoch: () => {} });
		const lost = stream.deliver(Buffer.from("lost"));
		stream.abandon();
		await assert.rejects(lost, { code: "LST_NOT_DELIVERED" });
		assert.throws(() => stream.attach(newCarrier()), /no entropy/);
	});

	it("ends the session as protocol-error on any frame that breaks the protocol", () => {
		const other = new Uint8Array(16);
		for (const frames of [
			[new Uint8Array(0)],
			[Buffer.from("hello, I know nothing of this")],
			[encodeData(0, Buffer.from("before hello"))],
			[encodeAck(0)],
			[hello({ streamId: other })],
			[hello({ epoch: nobody })],
			[hello(), hello()],
			[hello(), encodeData(1, Buffer.from("a gap"))],
			[hello(), encodeAck(1)],
			[hello(), encodeAck(2 ** 48 - 1)],
			[hello().subarray(0, 45)],
			[Uint8Array.of(2, 0, 0)],
			[hello(), Uint8Array.of(2, 0, 0)],
			[hello(), new Uint8Array(0)],
			[hello({ first: LAST_NUMBER }), encodeData(LAST_NUMBER, Buffer.from("x"))],
		]) {
			const [stream, carrier] = [newStream(), newCarrier()];
			stream.attach(carrier);
			for (const frame of frames) assert.equal(stream.receive(frame), undefined);
			assert.deepEqual(carrier.dropped, ["protocol-error"], Buffer.from(frames.at(-1)!).toString("hex"));
		}
	});

	it("an impossible hello ends only its own session, not the one that carries the stream", () => {
		const [stream, first] = [newStream(), newCarrier()];
		void stream.deliver(Buffer.from("one"));
		stream.accept(first, hello());
		stream.flush();
		stream.receive(encodeAck(1));
		assert.ok(stream.receive(encodeData(0, Buffer.from("x"))));
		stream.taken();
		for (const impossible of [
			Buffer.from("no hello"),
			encodeAck(1),
			// The peer no longer keeps what this side has not received,
			hello({ peerEpoch: MINE, first: 2, next: 1 }),
			// expects what this side no longer keeps,
			hello({ peerEpoch: MINE, first: 1, next: 0 }),
			// or has what was never sent.
			hello({ peerEpoch: MINE, first: 1, next: 2 }),
		]) {
			const late = newCarrier();
			stream.accept(late, impossible);
			assert.deepEqual([late.dropped, late.sent], [["protocol-error"], []], Buffer.from(impossible).toString("hex"));
			assert.deepEqual(first.dropped, []);
		}
		const next = newCarrier();
		stream.accept(next, hello({ peerEpoch: MINE, first: 1, next: 1 }));
		assert.deepEqual([next.dropped, first.dropped], [[], ["replaced"]]);
	});

	it("takes messages up to maxUndelivered, and again once they are acknowledged or abandoned", async () => {
		const stream = newStream(100);
		const isFull = () => assert.rejects(stream.deliver(new Uint8Array(0)), { code: "LST_QUEUE_FULL" });
		await assert.rejects(stream.deliver(new Uint8Array(75)), RangeError, "it never fits");
		const given = stream.deliver(new Uint8Array(74));
		await isFull();
		stream.abandon();
		await assert.rejects(given, { code: "LST_NOT_DELIVERED" });
		stream.reopen();
		for (let i = 0; i < 5; i++) {
			const delivered = [stream.deliver(new Uint8Array(24)), stream.deliver(new Uint8Array(24))];
			await isFull();
			const carrier = newCarrier();
			stream.attach(carrier);
			stream.receive(hello({ peerEpoch: i ? MINE : nobody, next: 2 * i }));
			stream.flush();
			stream.receive(encodeAck(2 * i + 2));
			await Promise.all(delivered);
			assert.deepEqual(carrier.dropped, []);
			assert.deepEqual(carrier.sent, [
				["hello", 2 * i, 0],
				["data", 2 * i],
				["data", 2 * i + 1],
			]);
			stream.detach(carrier);
		}
	});

	it("sends each message and each acknowledgement once, as soon as there is room", () => {
		const [stream, carrier] = [newStream(), newCarrier()];
		stream.attach(carrier);
		void stream.deliver(new Uint8Array(20));
		assert.deepEqual([carrier.flushes, stream.waiting, stream.attached], [1, false, true]);
		stream.receive(hello());
		assert.deepEqual([carrier.flushes, stream.waiting], [2, true]);
		const sent: unknown[] = [["hello", 0, 0]];
		const sends = (room: number, ...frames: unknown[]) => {
			carrier.room = room;
			for (let i = 0; i < 2; i++) stream.flush();
			sent.push(...frames);
			assert.deepEqual(carrier.sent, sent, `room for ${room} octets`);
		};
		sends(26);
		sends(27, ["data", 0]);
		assert.equal(stream.waiting, false);
		assert.ok(stream.receive(encodeData(0, Buffer.from("x"))));
		stream.taken();
		assert.equal(carrier.flushes, 3);
		sends(6);
		sends(7, ["ack", 1]);
		stream.detach(carrier);
		assert.deepEqual([stream.attached, stream.ready], [false, false]);
	});
});

function isPrefix(prefix: readonly string[], whole: readonly string[]): boolean {
	return prefix.length <= whole.length && prefix.every((one, i) => one === whole[i]);
}
