import assert from "node:assert/strict";
import { Replays } from "../../src/core/replays.js";
import { newKey, Side } from "../helpers/pair.js";

describe("replays", () => {
	it("are detected while the nonce is among the last ones remembered", () => {
		const replays = new Replays(2);
		const nonce = (fill: number) => new Uint8Array(13).fill(fill);
		assert.deepEqual(
			[1, 1, 2, 3, 1].map((fill) => replays.isReplay(nonce(fill), 0)),
			[false, true, false, false, false],
		);
	});

	it("are detected by all 13 octets of the nonce, and by no octet around it", () => {
		const replays = new Replays(14);
		const request = (changed: number) => {
			const octets = new Uint8Array(30).fill(7);
			octets[3 + changed]! ^= 1;
			return octets;
		};
		const places = Array.from({ length: 13 }, (_, at) => at);
		const [before, behind] = [-1, 13];
		for (const at of [...places, behind]) assert.equal(replays.isReplay(request(at), 3), false, `octet ${at} differs`);
		for (const at of [...places, behind, before]) assert.ok(replays.isReplay(request(at), 3), `octet ${at}, again`);
	});

	it("are refused by a server that has answered the same request before", () => {
		const [request] = new Side("client", { keys: [newKey()] }).pump().take();
		const replays = new Replays(10);
		const [first, second] = [new Side("server", { replays }).pump(), new Side("server", { replays }).pump()];
		assert.equal(first.feed(request!.slice()).take().length, 1);
		assert.equal(second.feed(request!.slice()).failure?.reason, "authentication-failed");
		assert.match(second.failure!.message, /a replay/);
		assert.deepEqual(second.take(), []);
	});
});
