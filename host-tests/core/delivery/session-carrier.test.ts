import assert from "node:assert/strict";
import { encodeData, encodeHello } from "../../../src/core/delivery/frames.js";
import { SessionCarrier } from "../../../src/core/delivery/session-carrier.js";
import { Stream } from "../../../src/core/delivery/stream.js";
import type { Link } from "../../../src/core/link.js";

const newStream = () =>
	new Stream({
		id: new Uint8Array(16).fill(0xa5),
		newEpoch: () => new Uint8Array(8).fill(1),
		maxUndelivered: 1000,
		longest: 100,
		onNewEpoch: () => {},
	});
const hello = encodeHello({
	streamId: new Uint8Array(16).fill(0xa5),
	epoch: new Uint8Array(8).fill(9),
	peerEpoch: new Uint8Array(8),
	first: 0,
	next: 0,
});

/** A carrier over a link that only logs its calls, and runs the callbacks of `soon` when `turn` is called. */
function newCarrier(stream?: Stream, canSend = true) {
	const told: string[] = [];
	const handed: number[] = [];
	const reader = {
		roomFor: Number.POSITIVE_INFINITY,
		onTaken: () => {},
		hasRoomFor: ({ length }: Uint8Array) => length <= reader.roomFor,
		take({ length }: Uint8Array) {
			handed.push(length);
			reader.onTaken();
		},
		notify: (error: unknown) => void told.push((error as { code: string }).code),
	};
	const soon: (() => void)[] = [];
	const connection = {
		canSend,
		free: 1000,
		ending: false,
		paused: false,
		flushes: 0,
		send: (_frame: Uint8Array) => void told.push("send"),
		abort: () => void told.push("abort"),
		close: (why: string) => void told.push(`close ${why}`),
		expectRoom: () => {},
	};
	const platform = {
		now: () => 0,
		setTimer: () => told.push("timer"),
		clearTimer: () => void told.push("no timer"),
		soon: (callback: () => void) => void soon.push(callback),
	};
	const link = {
		connection,
		platform,
		canReceive: () => true,
		flush: () => void connection.flushes++,
		proceed() {},
	} as unknown as Link;
	const delivery = { stream, find: () => false, helloTimeout: 10, maxUndelivered: 100, longest: 60 };
	const carrier = new SessionCarrier(delivery, link, reader);
	const turn = () => {
		for (const callback of soon.splice(0)) callback();
	};
	return { carrier, connection, handed, reader, told, soon, turn };
}

describe("acknowledged delivery: a session's carrier", () => {
	it("sends nothing and does not attach if the session is over before it begins", () => {
		const stream = newStream();
		const { carrier, told } = newCarrier(stream, false);
		carrier.begin();
		assert.deepEqual(told, []);
		assert.equal(stream.attached, false);
	});

	it("rejects at its end what waits for a stream, and later messages with LST_NOT_CONNECTED", async () => {
		const { carrier } = newCarrier();
		carrier.begin();
		const early = carrier.deliver(new Uint8Array(1));
		carrier.end(new Error("it is over"));
		await assert.rejects(early, /it is over/);
		await assert.rejects(carrier.deliver(new Uint8Array(1)), { code: "LST_NOT_CONNECTED" });
	});

	it("keeps messages for the next session once it has ended, if its stream is known", () => {
		const stream = newStream();
		const { carrier } = newCarrier(stream);
		carrier.begin();
		assert.ok(stream.attached);
		carrier.end(new Error("it is over"));
		assert.equal(stream.attached, false);
		void carrier.deliver(new Uint8Array(1));
		assert.equal(stream.undelivered, 1);
	});

	it("closes its session if no hello has arrived in time, unless the session is ending already", () => {
		for (const state of ["unheard", "heard", "ending"]) {
			const { carrier, connection, told } = newCarrier(newStream());
			carrier.begin();
			if (state === "heard") carrier.receive(hello);
			connection.ending = state === "ending";
			told.length = 0;
			carrier.unheard();
			assert.deepEqual(told, state === "unheard" ? ["LST_DELIVERY_UNSUPPORTED", "close protocol-error"] : []);
		}
	});

	it("aborts its session, sending nothing, when another session takes its stream over", () => {
		const stream = newStream();
		const [first, second] = [newCarrier(stream), newCarrier(stream)];
		first.carrier.begin();
		first.told.length = 0;
		second.carrier.begin();
		assert.deepEqual(first.told, ["abort"]);
	});

	it("flushes once in a turn, however often flushSoon is called", () => {
		const { carrier, soon, turn } = newCarrier(newStream());
		for (let i = 0; i < 2; i++) {
			for (let j = 0; j < 3; j++) carrier.flushSoon();
			assert.equal(soon.length, 1);
			turn();
		}
	});

	it("holds messages that nobody reads, and pauses the connection above the limit until they are read", () => {
		const { carrier, connection, handed, turn } = newCarrier(newStream());
		carrier.begin();
		carrier.receive(hello);
		for (let number = 0; number < 20; number += 2) {
			carrier.receive(encodeData(number, new Uint8Array(40)));
			assert.equal(connection.paused, false, "66 octets of 100");
			carrier.receive(encodeData(number + 1, new Uint8Array(41)));
			assert.equal(connection.paused, true, "133 octets of 100");
			assert.equal(handed.length, number);
			carrier.want(true);
			connection.flushes = 0;
			carrier.drain();
			assert.equal(connection.flushes, 1, "what has arrived meanwhile is read");
			turn();
			assert.equal(handed.length, number + 2);
			assert.equal(connection.paused, false);
			carrier.want(false);
		}
	});

	it("hands messages out in order and without re-entering its reader, whatever that does meanwhile", () => {
		const { carrier, handed, reader } = newCarrier(newStream());
		carrier.begin();
		carrier.receive(hello);
		const arrive = (number: number) => carrier.receive(encodeData(number, new Uint8Array(number)));
		arrive(0);
		arrive(1);
		carrier.want(true);
		arrive(2);
		assert.deepEqual(handed, [], "not before those that are held, and in another turn");
		let depth = 0;
		reader.onTaken = () => {
			assert.equal(++depth, 1);
			if (handed.length === 3) arrive(3);
			carrier.want(true);
			carrier.drain();
			depth--;
		};
		carrier.drain();
		assert.deepEqual(handed, [0, 1, 2, 3]);
		arrive(4);
		assert.deepEqual(handed, [0, 1, 2, 3, 4], "at once");
	});

	it("neither hands out nor acknowledges a message for which there is no memory", () => {
		for (const held of [false, true]) {
			const stream = newStream();
			const { carrier, handed, reader } = newCarrier(stream);
			carrier.begin();
			carrier.receive(hello);
			carrier.want(!held);
			reader.roomFor = 40;
			carrier.receive(encodeData(0, new Uint8Array(40)));
			carrier.receive(encodeData(1, new Uint8Array(41)));
			carrier.want(true);
			carrier.drain();
			assert.deepEqual(handed, [40]);
			carrier.end(new Error("it is over"));
			const next = newCarrier(stream);
			const sent: Uint8Array[] = [];
			next.connection.send = (frame: Uint8Array) => void sent.push(frame);
			next.carrier.begin();
			assert.equal(sent[0]!.at(-1), 1, "the number that it expects next");
		}
	});

	it("refuses its own hello when it is sent back", () => {
		const { carrier, connection, told } = newCarrier(newStream());
		let own: Uint8Array | undefined;
		connection.send = (frame: Uint8Array) => {
			own = frame;
		};
		carrier.begin();
		told.length = 0;
		carrier.receive(own!.slice());
		assert.deepEqual(told, ["LST_DELIVERY_UNSUPPORTED", "close protocol-error"]);
	});

	it("rejects a message of a wrong type or length at once, also before the stream is known", async () => {
		for (const stream of [undefined, newStream()]) {
			const { carrier } = newCarrier(stream);
			await assert.rejects(carrier.deliver("text" as never), { code: "LST_TYPE" });
			await assert.rejects(carrier.deliver(new Uint8Array(101)), { code: "LST_RANGE" });
		}
		await assert.rejects(newCarrier().carrier.deliver(new Uint8Array(61)), { code: "LST_RANGE" });
	});

	it("hands out no held message once it has ended, sends nothing and leaves no timer", () => {
		const { carrier, handed, told, turn } = newCarrier(newStream());
		carrier.begin();
		carrier.receive(hello);
		carrier.receive(encodeData(0, new Uint8Array(40)));
		told.length = 0;
		carrier.end(new Error("it is over"));
		carrier.want(true);
		carrier.drain();
		turn();
		carrier.send(new Uint8Array(6));
		assert.deepEqual([handed, told, carrier.room], [[], ["no timer"], -1]);
	});

	it("sends a frame only if it fits, and only while the connection can send", () => {
		const { carrier, connection, told } = newCarrier(newStream());
		carrier.begin();
		told.length = 0;
		connection.free = 19 + 6;
		carrier.send(new Uint8Array(7));
		assert.deepEqual(told, []);
		carrier.send(new Uint8Array(6));
		assert.deepEqual(told, ["send"]);
		connection.canSend = false;
		assert.equal(carrier.room, -1);
		carrier.send(new Uint8Array(0));
		assert.deepEqual(told, ["send"]);
	});
});
