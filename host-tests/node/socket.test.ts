import assert from "node:assert/strict";
import type { Socket } from "node:net";
import { Duplex } from "node:stream";
import { mock } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import type { Closing } from "../../src/core/actions.js";
import type { Link } from "../../src/core/link.js";
import { SocketTransport } from "../../src/node/socket.js";

const settled = () => new Promise<void>((resolve) => setImmediate(resolve));

describe("a socket of node:net that is closed", () => {
	let take: (() => void) | undefined;
	let socket: Socket;
	let told: string[];

	function close(how: Closing): void {
		// The network takes what is written when `take` is called, and the peer never ends its side.
		const duplex = new Duplex({
			read() {},
			write(_chunk, _encoding, done) {
				take = done;
			},
		});
		told = [];
		socket = Object.assign(duplex, { unref: () => told.push("unref") }) as unknown as Socket;
		const transport = new SocketTransport(socket);
		transport.attach({ gone: () => void told.push("gone"), inputEnded() {} } as Partial<Link> as Link);
		transport.write(new Uint8Array(8));
		transport.close(how, 30_000);
	}

	beforeEach(() => mock.timers.enable({ apis: ["setTimeout"] }));
	afterEach(() => mock.timers.reset());

	it("is destroyed after the time limit of a close if not all that was written has left", async () => {
		close("asked");
		mock.timers.tick(29_999);
		assert.equal(socket.destroyed, false);
		mock.timers.tick(1);
		assert.equal(socket.destroyed, true);
	});

	it("is destroyed 5 s after all has left if the peer has sent a Disconnect but does not end", async () => {
		close("answered");
		mock.timers.tick(20_000);
		take!();
		await settled();
		mock.timers.tick(4_999);
		assert.equal(socket.destroyed, false);
		mock.timers.tick(1);
		assert.equal(socket.destroyed, true);
	});

	it("is reported as gone after 5 s, and stays open, unreferenced, for 60 s if the peer may be reading", async () => {
		close("asked");
		take!();
		await settled();
		mock.timers.tick(4_999);
		assert.deepEqual(told, []);
		mock.timers.tick(1);
		assert.deepEqual(told, ["gone", "unref"]);
		mock.timers.tick(59_999);
		assert.equal(socket.destroyed, false);
		mock.timers.tick(1);
		assert.equal(socket.destroyed, true);
	});

	it("is destroyed, oldest first, if more than 1,000 wait for their peers to end the connection", async () => {
		const sockets = Array.from({ length: 1_003 }, () => {
			const duplex = new Duplex({ read() {}, write: (_chunk, _encoding, done) => done() });
			new SocketTransport(duplex as Socket).close("asked", 30_000);
			return duplex;
		});
		await settled();
		assert.deepEqual(
			sockets.map(({ destroyed }) => destroyed),
			sockets.map((_, i) => i < 3),
		);
		mock.timers.tick(65_000);
	});

	it("is destroyed, oldest first, if more than 1,000 wait for peers that have ended the session and do not read", () => {
		for (const how of ["answered", "refused"] as const) {
			const sockets = Array.from({ length: 1_003 }, () => {
				const duplex = new Duplex({ read() {}, write() {} });
				const transport = new SocketTransport(duplex as Socket);
				transport.write(new Uint8Array(8));
				transport.close(how, 30_000);
				return duplex;
			});
			assert.deepEqual(
				sockets.map(({ destroyed }) => destroyed),
				sockets.map((_, i) => i < 3),
				how,
			);
			mock.timers.tick(30_000);
		}
	});

	it("is destroyed, oldest first, if more than 100 stay open, and needs no unref method", async () => {
		const sockets = Array.from({ length: 103 }, () => {
			const duplex = new Duplex({ read() {}, write: (_chunk, _encoding, done) => done() });
			new SocketTransport(duplex as Socket).close("asked", 30_000);
			return duplex;
		});
		await settled();
		mock.timers.tick(5_000);
		assert.deepEqual(
			sockets.map(({ destroyed }) => destroyed),
			sockets.map((_, i) => i < 3),
		);
		mock.timers.tick(60_000);
		assert.ok(sockets.every(({ destroyed }) => destroyed));
	});

	it("is destroyed as soon as its peer has ended too", async () => {
		close("asked");
		take!();
		socket.push(null);
		await settled();
		await settled();
		assert.equal(socket.destroyed, true);
	});
});

describe("a socket of node:net that is not read", () => {
	function attached() {
		const socket = new Duplex({ read() {}, write: (_chunk, _encoding, done) => done() }) as Socket;
		const received: number[] = [];
		const transport = new SocketTransport(socket);
		const link: Partial<Link> = { received: (octets) => void received.push(...octets), gone() {}, inputEnded() {} };
		transport.attach(link as Link);
		return { socket, transport, received };
	}

	it("delivers nothing until reading is resumed", async () => {
		const { socket, transport, received } = attached();
		transport.setReading(true);
		socket.push(Buffer.of(1));
		await settled();
		assert.deepEqual(received, [1]);
		for (let i = 0; i < 2; i++) transport.setReading(false);
		socket.push(Buffer.of(2));
		await settled();
		assert.deepEqual(received, [1]);
		transport.setReading(true);
		await settled();
		assert.deepEqual(received, [1, 2]);
	});

	it("still notices that its peer has ended once it is closed", async () => {
		const { socket, transport } = attached();
		transport.setReading(false);
		transport.close("asked", 30_000);
		socket.push(Buffer.of(1));
		socket.push(null);
		for (let i = 0; i < 5; i++) await settled();
		assert.equal(socket.destroyed, true);
	});
});

describe("a socket of node:net that is closed at once", () => {
	it("still sends what was written before", () => {
		const taken: unknown[] = [];
		const socket = new Duplex({
			write(chunk, _encoding, done) {
				taken.push(...chunk);
				done();
			},
		}) as Socket;
		const transport = new SocketTransport(socket);
		transport.cork();
		transport.write(Uint8Array.of(1));
		transport.close("now", 0);
		transport.uncork();
		assert.deepEqual([taken, socket.destroyed], [[1], true]);
	});
});

describe("a program that reads sockets of node:net", () => {
	it("counts as having waited for 64 turns after it was idle, and no longer while it stays busy", async () => {
		const sockets = [1, 2, 3].map(() => new SocketTransport(new Duplex() as Socket));
		const busyTurns = () => {
			let turns = 0;
			while (turns < 100 && sockets[turns % 3]!.waited()) turns++;
			return turns;
		};
		const turnsAfterIdling = async () => {
			let turns = 0;
			// Sessions of other tests, which may not have ended yet, take turns too.
			for (let i = 0; i < 5 && turns !== 64; i++) {
				await sleep(2);
				turns = busyTurns();
			}
			return turns;
		};
		assert.equal(await turnsAfterIdling(), 64);
		await settled();
		assert.equal(busyTurns(), 0);
		assert.ok(!new SocketTransport(new Duplex() as Socket).waited(), "one that is new");
		assert.equal(await turnsAfterIdling(), 64);
	});
});
