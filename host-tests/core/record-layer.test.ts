import assert from "node:assert/strict";
import { Ccm } from "../../src/core/portable/ccm.js";
import { completeCrypto } from "../../src/core/portable/crypto.js";
import { Direction } from "../../src/core/portable/direction.js";
import { nodeCrypto } from "../../src/node/crypto.js";
import { ccmCrypto, NodeAesModes, text } from "../helpers/crypto.js";
import { converse, Side, sessionPair } from "../helpers/pair.js";

const SLICE = 256;

/** A crypto that counts the octets that its cipher has processed since `take` was last called. */
function counting() {
	let worked = 0;
	class CountingModes extends NodeAesModes {
		override cbcFeed(blocks: Uint8Array, mac: Uint8Array): void {
			worked += blocks.length;
			super.cbcFeed(blocks, mac);
		}

		override ctrFeed(octets: Uint8Array): void {
			worked += octets.length;
			super.ctrFeed(octets);
		}
	}
	const crypto = completeCrypto({ ...nodeCrypto, aead: (key) => new Ccm(new CountingModes(key)) });
	const take = () => {
		const taken = worked;
		worked = 0;
		return taken;
	};
	return { crypto, take };
}

const message = (length: number) => new Uint8Array(length).map((_, i) => i * 7);

/** Lets both sides take turns until neither has anything left to do. */
function settle(...sides: Side[]): void {
	const [client, server] = sides as [Side, Side];
	for (let turn = 0; turn < 1_000; turn++) {
		server.feed(...client.pump().take());
		client.feed(...server.pump().take());
		if (sides.every(({ connection, outgoing }) => connection.deadline > 0 && !outgoing.length)) return;
	}
	assert.fail("it does not settle");
}

describe("long records in slices", () => {
	const options = { crypto: ccmCrypto, slice: SLICE, maxBundle: 0 };

	it("arrive whole and in order among short ones, also from a sender that does not slice", () => {
		const lengths = [10, 5_000, 0, 255, 256, 257, 65_535, 512, 3];
		const { client, server } = sessionPair(options, { slice: SLICE, crypto: ccmCrypto });
		for (const length of lengths) client.connection.send(message(length));
		settle(client, server);
		assert.deepEqual(server.messages, lengths.map(message));
		const { client: whole, server: sliced } = sessionPair({ maxBundle: 0 }, options);
		for (const length of lengths) whole.connection.send(message(length));
		settle(whole, sliced);
		assert.deepEqual(sliced.messages, lengths.map(message));
	});

	it("take at most one slice of sealing or opening per turn", () => {
		const { crypto, take } = counting();
		const { client, server } = sessionPair({ ...options, crypto }, { ...options, crypto });
		client.connection.send(message(5_000));
		take();
		let turns = 0;
		while (!client.outgoing.length) {
			client.pump();
			assert.ok(take() <= 2 * SLICE, "sealing");
			assert.ok(turns++ < 100);
		}
		server.connection.receive(client.take()[0]!);
		while (!server.messages.length) {
			server.pump();
			assert.ok(take() <= 2 * SLICE + 64, "opening");
			assert.ok(turns++ < 200);
		}
		assert.ok(turns > 50);
		assert.deepEqual(server.messages, [message(5_000)]);
	});

	it("are not delivered if an octet is altered, and end the session as authentication-failed", () => {
		for (const place of [3, 19, 4_000]) {
			const { client, server } = sessionPair(options, options);
			client.connection.send(message(5_000));
			while (!client.outgoing.length) client.pump();
			const [record] = client.take();
			record![place]! ^= 1;
			server.feed(record!);
			for (let turn = 0; turn < 50; turn++) server.pump();
			assert.deepEqual(server.messages, []);
			assert.equal(server.end?.reason, "authentication-failed");
		}
	});

	it("have their unverified plaintext wiped if close or abort interrupts their opening", () => {
		for (const end of ["close", "abort"] as const) {
			const { client, server } = sessionPair(options, options);
			client.connection.send(message(5_000));
			while (!client.outgoing.length) client.pump();
			const [record] = client.take();
			server.connection.receive(record!);
			for (let turn = 0; turn < 5; turn++) server.pump();
			assert.ok(server.connection.holding);
			server.connection[end]("aborted", 0);
			assert.ok(record!.subarray(19).every((octet) => octet === 0));
			assert.deepEqual(server.pump().messages, []);
		}
	});

	it("give way to a Disconnect while they are being sealed, and the peer opens it", () => {
		const { client, server } = sessionPair(options, { maxMessage: 10 });
		client.connection.send(message(5_000));
		client.pump();
		assert.deepEqual(client.outgoing, []);
		client.feed(Uint8Array.of(0x99));
		assert.equal(client.end?.reason, "protocol-error");
		server.feed(...client.take());
		assert.equal(server.end?.reason, "protocol-error");
		assert.equal(server.end?.by, "peer");
	});

	it("are sealed and sent before a close ends the session, with no KeepAlive in between", () => {
		const { client, server } = sessionPair(options, options);
		client.connection.send(message(5_000));
		client.pump();
		client.advance(6_000);
		assert.deepEqual(client.outgoing, []);
		client.connection.close("done", client.now);
		settle(client, server);
		assert.deepEqual(server.messages, [message(5_000)]);
		assert.equal(server.end?.reason, "done");
		assert.equal(client.end?.reason, "done");
	});

	it("do not let the peer time out while they are opened, and are not delivered to a paused application", () => {
		const { client, server } = sessionPair(options, options);
		client.connection.send(message(5_000));
		client.connection.send(text("behind it"));
		while (client.outgoing.length < 2) client.pump();
		server.feed(...client.take());
		server.connection.paused = true;
		server.advance(60_000);
		assert.equal(server.end, undefined);
		for (let turn = 0; turn < 50; turn++) server.pump();
		assert.deepEqual(server.messages, []);
		server.connection.paused = false;
		server.pump();
		assert.equal(server.messages.length, 2);
	});

	it("are opened and sealed in parallel, and nothing more is read while one is being opened", () => {
		const { client, server } = sessionPair(options, options);
		for (let i = 0; i < 3; i++) for (const side of [client, server]) side.connection.send(message(20_000));
		while (!client.outgoing.length) client.pump();
		server.feed(...client.take());
		assert.ok(server.connection.holding, "a record is being opened");
		let turns = 0;
		while (!server.messages.length || !server.outgoing.length) {
			server.pump();
			assert.ok(turns++ < 400, "neither waits for the other to end");
		}
		settle(client, server);
		assert.equal(client.messages.length, 3);
		assert.equal(server.messages.length, 3);
	});

	it("a close calls the cipher's `forget`, which drops records that were opened ahead", () => {
		let forgotten = 0;
		class Counting extends Direction {
			override forget(): void {
				forgotten++;
			}
		}
		const crypto = { ...nodeCrypto, direction: (keys: Uint8Array) => new Counting(nodeCrypto, keys) };
		const { client, server } = sessionPair({}, { crypto });
		client.connection.send(message(10));
		settle(client, server);
		assert.equal(forgotten, 0);
		server.connection.send(message(10));
		server.connection.close("done", 0);
		assert.equal(forgotten, 1);
	});

	it("arrive with a crypto that does not support slices", () => {
		const { client, server } = sessionPair({ ...options, crypto: nodeCrypto }, { ...options, crypto: nodeCrypto });
		client.connection.send(message(5_000));
		settle(client, server);
		assert.deepEqual(server.messages, [message(5_000)]);
	});

	it("are opened and sealed in alternating slices while both directions have one", () => {
		const { client, server } = sessionPair(options, options);
		for (let i = 0; i < 2; i++) client.connection.send(message(20_000));
		while (client.outgoing.length < 2) client.pump();
		for (let i = 0; i < 2; i++) server.connection.send(message(20_000));
		server.feed(...client.take());
		const opened: number[] = [];
		const sealed: number[] = [];
		for (let turn = 0; opened.length < 2 || sealed.length < 2; turn++) {
			assert.ok(turn < 1_000);
			server.pump();
			if (server.messages.length > opened.length) opened.push(turn);
			if (server.outgoing.length > sealed.length) sealed.push(turn);
		}
		// Sealing goes over a record twice.
		assert.ok(Math.abs(opened[1]! - sealed[0]!) < 8, `opened in turns ${opened}, sealed in turns ${sealed}`);
	});

	it("that are being opened are dropped by close, which then waits for the blocked network only", () => {
		const { client, server } = sessionPair(options, options);
		client.connection.send(message(5_000));
		while (!client.outgoing.length) client.pump();
		server.writable = false;
		server.feed(...client.take());
		assert.equal(server.connection.deadline, Number.NEGATIVE_INFINITY);
		server.connection.close("done", 0);
		server.pump();
		assert.ok(!server.connection.holding);
		assert.equal(server.connection.deadline, 30_000);
	});
});

describe("the keys of a session's records", () => {
	let wiped: number[];
	class Counting extends Direction {
		readonly #at = wiped.push(0) - 1;

		override wipe(): void {
			wiped[this.#at]!++;
			super.wipe();
		}
	}
	const crypto = { ...nodeCrypto, direction: (keys: Uint8Array) => new Counting(nodeCrypto, keys) };

	for (const [how, end] of [
		["is aborted", (server: Side) => server.connection.abort()],
		["is closed", (server: Side) => server.connection.close("done", 0)],
		["loses its network", (server: Side) => server.connection.inputEnd(0)],
		["receives a forged record", (server: Side) => server.feed(Uint8Array.of(5, ...new Uint8Array(16)))],
	] as const)
		it(`are wiped as soon as the session ${how}`, () => {
			wiped = [];
			const { server } = sessionPair({}, { crypto });
			assert.deepEqual(wiped, [0, 0]);
			end(server);
			assert.ok(server.pump().connection.closed);
			assert.deepEqual(wiped, [1, 1]);
		});

	it("are wiped if the server has no room for the session", () => {
		wiped = [];
		const [client, server] = [new Side("client"), new Side("server", { crypto, server: { full: true } })];
		converse(client, server);
		assert.equal(server.failure?.reason, "no-capacity");
		assert.deepEqual(wiped, [1, 1]);
	});
});
