import assert from "node:assert/strict";
import { Backoff, needsSlowRetry } from "../../src/core/backoff.js";
import { HandshakeError, SessionEnd } from "../../src/core/errors.js";
import type { RandomSource } from "../../src/core/random.js";

/** A source whose every octet is `octet`. */
const drawing = (octet: number) =>
	({ draw: (length: number) => new Uint8Array(length).fill(octet) }) as unknown as RandomSource;

describe("backoff", () => {
	it("the ceiling doubles from twice the lower bound to the upper one; the delay is anywhere below it", () => {
		const longest = new Backoff(1_000, 60_000, drawing(0xff));
		const ceilings = [2_000, 4_000, 8_000, 16_000, 32_000, 60_000, 60_000];
		assert.deepEqual(
			ceilings.map(() => longest.next() + 1),
			ceilings,
		);
		const shortest = new Backoff(1_000, 60_000, drawing(0));
		for (let i = 0; i < 100; i++) assert.equal(shortest.next(), 1_000, "never sooner");
		const halfway = new Backoff(1_000, 60_000, drawing(0x80));
		halfway.next();
		assert.ok(Math.abs(halfway.next() - 2_506) < 10);
	});

	it("begins anew after `reset`, goes on from an attempt that was kept, and is slower where asked", () => {
		const backoff = new Backoff(1_000, 60_000, drawing(0xff), 3);
		assert.equal(backoff.next() + 1, 16_000);
		assert.equal(backoff.attempt, 4);
		backoff.reset();
		assert.equal(backoff.next(true) + 1, 10_000);
		for (let i = 0; i < 10; i++) backoff.next(true);
		assert.equal(backoff.next(true) + 1, 300_000);
	});

	it("no delay is longer than a timer can wait", () => {
		assert.equal(new Backoff(1_000_000_000, 0x7fffffff, drawing(0xff)).next(true), 0x7fffffff);
	});

	it("a source that fails has everything take as long as it may", () => {
		const failing = {
			draw() {
				throw new Error("no entropy");
			},
		} as unknown as RandomSource;
		assert.equal(new Backoff(1_000, 60_000, failing).next(), 2_000);
	});

	it("knows what trying again soon can mend", () => {
		for (const reason of ["unreachable", "refused", "timeout"] as const)
			assert.ok(!needsSlowRetry(new HandshakeError(reason)), reason);
		for (const reason of ["closed-by-peer", "authentication-failed", "unknown-key-id", "no-capacity"] as const)
			assert.ok(needsSlowRetry(new HandshakeError(reason)), reason);
		assert.ok(!needsSlowRetry(new SessionEnd("cut-off", "network")));
		assert.ok(!needsSlowRetry(new SessionEnd("server-stopped", "peer")));
		assert.ok(needsSlowRetry(new SessionEnd("message-too-long", "peer")));
		assert.ok(needsSlowRetry(new SessionEnd("authentication-failed", "self")));
	});
});
