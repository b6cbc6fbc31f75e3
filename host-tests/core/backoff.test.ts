import assert from "node:assert/strict";
import { Backoff, needsSlowRetry } from "../../src/core/backoff.js";
import { HandshakeError, SessionEnd } from "../../src/core/errors.js";
import type { RandomSource } from "../../src/core/random.js";

/** A source whose every octet is `octet`. */
const drawing = (octet: number) =>
	({ draw: (length: number) => new Uint8Array(length).fill(octet) }) as unknown as RandomSource;

describe("backoff", () => {
	it("a delay is random between minDelay and a ceiling that doubles from 2 × minDelay to maxDelay", () => {
		const longest = new Backoff(1_000, 60_000, drawing(0xff));
		const ceilings = [2_000, 4_000, 8_000, 16_000, 32_000, 60_000, 60_000];
		assert.deepEqual(
			ceilings.map(() => longest.next() + 1),
			ceilings,
		);
		const shortest = new Backoff(1_000, 60_000, drawing(0));
		for (let i = 0; i < 100; i++) assert.equal(shortest.next(), 1_000, "never below minDelay");
		const halfway = new Backoff(1_000, 60_000, drawing(0x80));
		halfway.next();
		assert.ok(Math.abs(halfway.next() - 2_506) < 10);
	});

	it("restarts on `reset`, continues from a given attempt number, and is slower with `next(true)`", () => {
		const backoff = new Backoff(1_000, 60_000, drawing(0xff), 3);
		assert.equal(backoff.next() + 1, 16_000);
		assert.equal(backoff.attempt, 4);
		backoff.reset();
		assert.equal(backoff.next(true) + 1, 10_000);
		for (let i = 0; i < 10; i++) backoff.next(true);
		assert.equal(backoff.next(true) + 1, 300_000);
	});

	it("never exceeds the longest delay of a timer, 2^31 − 1 ms", () => {
		assert.equal(new Backoff(1_000_000_000, 0x7fffffff, drawing(0xff)).next(true), 0x7fffffff);
	});

	it("uses the ceiling as the delay if the random source fails", () => {
		const failing = {
			draw() {
				throw new Error("no entropy");
			},
		} as unknown as RandomSource;
		assert.equal(new Backoff(1_000, 60_000, failing).next(), 2_000);
	});

	it("needsSlowRetry is true for failures that a quick retry cannot fix, and false for transient ones", () => {
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
