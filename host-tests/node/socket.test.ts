import assert from "node:assert/strict";
import type { Socket } from "node:net";
import { Duplex } from "node:stream";
import { mock } from "node:test";
import { SocketTransport } from "../../src/node/socket.js";

describe("a socket of node:net that is closed", () => {
	let take: (() => void) | undefined;
	let socket: Socket;
	let transport: SocketTransport;

	beforeEach(() => {
		mock.timers.enable({ apis: ["setTimeout"] });
		// The network takes what is written when `take` is called, and the peer never ends its side.
		socket = new Duplex({
			read() {},
			write(_chunk, _encoding, done) {
				take = done;
			},
		}) as Socket;
		transport = new SocketTransport(socket);
		transport.write(new Uint8Array(8));
		transport.close(true);
	});
	afterEach(() => mock.timers.reset());

	const settled = () => new Promise<void>((resolve) => setImmediate(resolve));

	it("has 30 s for what is still to leave", async () => {
		mock.timers.tick(29_999);
		assert.equal(socket.destroyed, false);
		mock.timers.tick(1);
		assert.equal(socket.destroyed, true);
	});

	it("has 5 s for its peer's end once all has left", async () => {
		mock.timers.tick(20_000);
		take!();
		await settled();
		mock.timers.tick(4_999);
		assert.equal(socket.destroyed, false);
		mock.timers.tick(1);
		assert.equal(socket.destroyed, true);
	});

	it("is gone as soon as its peer has ended too", async () => {
		take!();
		socket.push(null);
		await settled();
		await settled();
		assert.equal(socket.destroyed, true);
	});
});
