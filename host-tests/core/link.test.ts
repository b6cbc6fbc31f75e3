import assert from "node:assert/strict";
import { Link, type LinkEvents, type Platform, type Transport } from "../../src/core/link.js";
import { join } from "../../src/core/octets.js";
import { ccmCrypto } from "../helpers/crypto.js";
import { connectionOptions, Side, type SideOptions } from "../helpers/pair.js";

/** A server's link over a transport that takes everything, and a log of what it reported. */
function linked(failing: "setTimer" | "setReading") {
	const told: string[] = [];
	let broken = false;
	const breaks = (what: string) => {
		if (broken && what === failing) throw new Error(`${what} failed`);
	};
	const transport: Transport = {
		peer: { address: "", port: 0 },
		writable: true,
		pending: 0,
		write: () => {},
		attach: () => {},
		setReading: () => breaks("setReading"),
		close: (flush) => told.push(`close ${flush}`),
	};
	const platform: Partial<Platform> = {
		now: () => 0,
		setTimer: () => breaks("setTimer") ?? 1,
		clearTimer: () => {},
		report: (error) => told.push((error as Error).message),
	};
	const events: Partial<LinkEvents> = { failed: ({ reason }) => told.push(`failed ${reason}`) };
	const link = new Link(connectionOptions("server"), transport, platform as Platform, events as LinkEvents);
	return {
		link,
		told,
		break: () => {
			broken = true;
		},
	};
}

/** A server's link in session with `client`, which passes messages to `answer`, and a log of its transport calls. */
function inSession(
	options: SideOptions,
	answer: (link: Link, message: Uint8Array) => void,
	sent?: (messages: number) => void,
) {
	const state = { waited: false, writeFails: false, hasRoom: true, now: 0, reading: true, tired: false };
	/** What wakes the link, once for each time that it was `tired`. */
	const resting: (() => void)[] = [];
	const told: string[] = [];
	const timers = new Set<number>();
	let made = 0;
	let written: Uint8Array[] = [];
	const transport: Transport = {
		peer: { address: "", port: 0 },
		writable: true,
		pending: 0,
		write: (octets, done) => {
			if (state.writeFails) throw new Error("write failed");
			told.push("write");
			written.push(octets.slice());
			done?.();
		},
		attach: () => {},
		setReading: (on) => {
			state.reading = on;
		},
		close: (how, timeout) => told.push(how === "now" ? "close now" : `close within ${timeout} ms`),
		cork: () => told.push("cork"),
		uncork: () => told.push("uncork"),
		waited: () => state.waited,
	};
	const platform: Partial<Platform> = {
		now: () => state.now,
		setTimer: () => {
			timers.add(++made);
			return made;
		},
		clearTimer: (timer) => void timers.delete(timer as number),
		rest: (callback, target) => state.tired && resting.push(() => callback(target)) > 0,
		soon: (callback) => callback(),
		report: (error) => told.push((error as Error).message),
		hasRoom: () => state.hasRoom,
	};
	const events: Partial<LinkEvents> = {
		ended: ({ reason }) => told.push(`ended ${reason}`),
		step: () => {},
		sent,
		established: () => {},
		message: (octets) => answer(link, octets),
	};
	const link = new Link(connectionOptions("server", options), transport, platform as Platform, events as LinkEvents);
	const client = new Side("client", { maxBundle: 0 }).pump();
	link.start();
	while (client.outgoing.length) {
		link.received(join(...client.take()));
		client.feed(...written);
		written = [];
	}
	told.length = 0;
	return { link, client, state, told, timers, resting, take: () => written.splice(0) };
}

describe("link", () => {
	for (const what of ["setTimer", "setReading"] as const)
		it(`an exception from ${what} is reported, ends the connection and does not propagate`, () => {
			const { link, told, break: breakIt } = linked(what);
			breakIt();
			link.start();
			assert.deepEqual(told, [`${what} failed`, "close now", "failed internal-error"]);
			assert.ok(link.connection.closed);
		});

	it("an exception from write is reported, ends the session and does not propagate", () => {
		const { link, state, told } = inSession({}, () => {});
		state.writeFails = true;
		link.connection.send(Uint8Array.of(1));
		link.pump();
		assert.deepEqual(told, ["cork", "write failed", "close now", "ended internal-error", "uncork"]);
		assert.ok(link.connection.closed);
	});

	it("if delivering has taken long, the rest waits for the next turn, is not read on meanwhile, and what is sent leaves", () => {
		const messages: number[] = [];
		const { link, client, state, resting, take } = inSession({}, (_, [octet]) => void messages.push(octet!));
		state.tired = true;
		for (const octet of [1, 2, 3]) client.connection.send(Uint8Array.of(octet));
		link.received(join(...client.pump().take()));
		assert.deepEqual([messages, state.reading, resting.length], [[1], false, 1]);
		link.connection.send(Uint8Array.of(9));
		link.proceed();
		link.pump();
		assert.deepEqual([messages, take().length], [[1], 1]);
		resting.shift()!();
		assert.deepEqual([messages, resting.length], [[1, 2], 1]);
		state.tired = false;
		resting.shift()!();
		assert.deepEqual([messages, state.reading, resting.length], [[1, 2, 3], true, 0]);
		state.tired = true;
		client.connection.send(Uint8Array.of(4));
		client.connection.send(Uint8Array.of(5));
		link.received(join(...client.pump().take()));
		link.connection.abort();
		link.pump();
		resting.shift()!();
		assert.deepEqual(messages, [1, 2, 3, 4], "none after the end");
	});

	it("the message callback is not re-entered, whichever of the link's methods it calls", () => {
		const messages: number[] = [];
		let depth = 0;
		const { link, client } = inSession({}, (link, [octet]) => {
			assert.equal(depth++, 0);
			messages.push(octet!);
			link.pump();
			link.proceed();
			link.proceed(false, true);
			link.flush();
			depth--;
		});
		for (const octet of [1, 2, 3]) client.connection.send(Uint8Array.of(octet));
		link.received(join(...client.pump().take()));
		assert.deepEqual(messages, [1, 2, 3]);
	});

	it("reports the messages of each record that the network has taken, and nothing for a Disconnect", () => {
		const sent: number[] = [];
		const { link } = inSession(
			{ maxBundle: 0 },
			() => {},
			(messages) => void sent.push(messages),
		);
		for (const octet of [1, 2]) link.connection.send(Uint8Array.of(octet));
		link.connection.close("done", 0);
		link.pump();
		assert.deepEqual(sent, [1, 1]);
	});

	it("flush sends a message from outside a callback, and does not check the inactivity timeout", () => {
		const { link, state, told } = inSession({}, () => {});
		const send = () => {
			link.connection.send(Uint8Array.of(1));
			link.flush();
			return told.splice(0);
		};
		for (let i = 0; i < 3; i++) assert.deepEqual(send(), ["cork", "write", "uncork"]);
		state.now = 60_000;
		assert.deepEqual(send(), ["cork", "write", "uncork"], "octets may have arrived that are not read yet");
		link.due();
		assert.ok(told.includes("ended idle-too-long"));
	});

	it("has one timer while it is open, and none after abort", () => {
		const { link, state, timers } = inSession({}, () => {});
		assert.equal(timers.size, 1);
		for (state.now = 0; state.now < 20_000; state.now += 1_000) link.pump();
		assert.equal(timers.size, 1);
		link.connection.abort();
		link.pump();
		assert.equal(timers.size, 0);
	});

	it("canReceive ends the session as out-of-memory if there is no memory for the octets", () => {
		const { link, client, state, told, take } = inSession({}, () => {});
		assert.ok(link.canReceive(100));
		assert.deepEqual(told, []);
		state.hasRoom = false;
		assert.equal(link.canReceive(100), false);
		assert.deepEqual(told, ["cork", "write", "close within 30000 ms", "ended out-of-memory", "uncork"]);
		assert.equal(client.feed(...take()).end?.reason, "internal-error");
	});

	it("canReceive needs no memory while the session is closing", () => {
		const { link, state, told } = inSession({}, () => {});
		state.hasRoom = false;
		link.connection.close("done", 0);
		assert.ok(link.canReceive(100));
		assert.deepEqual(told, []);
	});

	it("the first answer is written before the next record is opened if the program was idle, else all together", () => {
		const { link, client, state, told } = inSession({ maxBundle: 0 }, ({ connection }, octets) =>
			connection.send(octets),
		);
		const answers = (waited: boolean) => {
			state.waited = waited;
			for (const octet of [1, 2, 3]) client.connection.send(Uint8Array.of(octet));
			link.received(join(...client.pump().take()));
			return told.splice(0);
		};
		assert.deepEqual(answers(true), ["cork", "write", "uncork", "cork", "write", "write", "uncork"]);
		assert.deepEqual(answers(false), ["cork", "write", "write", "write", "uncork"]);
	});

	it("a long record advances by a slice with each pump, and not with proceed(false) or flush", () => {
		const turns = (between: (link: Link) => void) => {
			const { link, told } = inSession({ crypto: ccmCrypto, slice: 256 }, () => {});
			link.connection.send(new Uint8Array(2_000));
			link.proceed();
			let turns = 0;
			for (; !told.includes("write"); turns++) {
				between(link);
				link.pump();
			}
			return turns;
		};
		const alone = turns(() => {});
		assert.ok(alone > 8, `${alone} turns`);
		const wanted = turns((link) => {
			for (let i = 0; i < 5; i++) link.proceed(false, i % 2 === 0);
			link.flush();
		});
		assert.equal(wanted, alone);
	});

	it("closing the session in the callback of a pulled message sends the Disconnect at once", () => {
		const { link, client, told } = inSession({ inactivityTimeout: 3_000 }, ({ connection }) =>
			connection.close("protocol-error", 0),
		);
		link.connection.paused = true;
		client.connection.send(Uint8Array.of(1));
		link.received(join(...client.pump().take()));
		link.connection.paused = false;
		told.length = 0;
		link.proceed(false, true);
		assert.deepEqual(told, ["cork", "write", "close within 3000 ms", "ended protocol-error", "uncork"]);
	});

	it("pulling messages one by one writes nothing; the answers leave in one write on the next proceed", () => {
		const { link, client, told } = inSession({}, ({ connection }, octets) => {
			connection.send(octets);
			connection.paused = true;
		});
		const want = () => {
			link.connection.paused = false;
			link.proceed(false, true);
		};
		for (const octet of [1, 2, 3]) client.connection.send(Uint8Array.of(octet));
		link.connection.paused = true;
		link.received(join(...client.pump().take()));
		for (let i = 0; i < 3; i++) want();
		assert.deepEqual([told.includes("write"), link.connection.counts.messagesReceived], [false, 3]);
		link.proceed();
		assert.equal(told.filter((what) => what === "write").length, 1);
	});
});
