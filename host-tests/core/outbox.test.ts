import assert from "node:assert/strict";
import { BundleReader, messagesIn } from "../../src/core/bundle.js";
import { Outbox, type OutboxOptions } from "../../src/core/outbox.js";
import { secureProfile } from "../../src/core/secure.js";
import { text } from "../helpers/crypto.js";

const outbox = (options: Partial<OutboxOptions> = {}) =>
	new Outbox({ maxQueued: 1000, maxBundle: 100, padTo: 0, profile: secureProfile, ...options });

describe("outbox", () => {
	it("sends a single queued message as a RegularMessage", () => {
		const box = outbox();
		box.push(text("hello"));
		const record = box.take();
		assert.equal(record[0], 1);
		assert.equal(record.length, 24);
		assert.deepEqual(record.subarray(19), text("hello"));
		assert.ok(box.empty);
		assert.equal(messagesIn(record), 1);
	});

	it("puts as many queued messages as fit into each Bundle, in order", () => {
		const box = outbox();
		for (let i = 0; i < 5; i++) box.push(new Uint8Array(30).fill(i));
		const records: number[][] = [];
		while (!box.empty) {
			const record = box.take();
			assert.equal(record[0], 7);
			const bundle = BundleReader.check(record.subarray(19))!;
			const messages: number[] = [];
			while (!bundle.empty) messages.push(bundle.next()![0]!);
			records.push(messages);
		}
		assert.deepEqual(records, [
			[0, 1, 2],
			[3, 4],
		]);
	});

	it("sends RegularMessages if maxBundle is 0, or if a message is too long for a Bundle", () => {
		const off = outbox({ maxBundle: 0 });
		off.push(text("a"));
		off.push(text("b"));
		assert.equal(off.take()[0], 1);
		const long = outbox();
		long.push(new Uint8Array(200));
		long.push(text("b"));
		assert.equal(long.take()[0], 1);
		assert.equal(long.take()[0], 1);
	});

	it("pads to a multiple of padTo, or to 65,535 octets, and then refuses messages above 65,531", () => {
		const box = outbox({ padTo: 64, maxQueued: 200_000 });
		for (const [length, size] of [
			[0, 64],
			[60, 64],
			[61, 128],
			[65_531, 65_535],
		] as const) {
			box.push(new Uint8Array(length));
			const record = box.take();
			assert.equal(record[0], 7);
			assert.equal(record.length - 19, size, `${length} octets`);
		}
		assert.throws(() => box.push(new Uint8Array(65_532)), RangeError);
	});

	it("refuses a message that does not fit with LST_QUEUE_FULL and takes no part of it", () => {
		const box = outbox({ maxQueued: 60 });
		box.push(new Uint8Array(20));
		assert.equal(box.free, 21);
		assert.throws(() => box.push(new Uint8Array(3)), { code: "LST_QUEUE_FULL" });
		assert.equal(box.free, 21);
		box.push(new Uint8Array(2));
		assert.equal(box.free, 0);
		assert.throws(() => box.push(new Uint8Array(0)), { code: "LST_QUEUE_FULL" }, "empty messages are counted as well");
		box.clear();
		assert.equal(box.queued, 0);
	});

	it("throws LST_RANGE for a message that can never fit, and LST_TYPE for what is not a Uint8Array", () => {
		const box = outbox();
		assert.throws(() => box.push(new Uint8Array(982)), { code: "LST_RANGE" });
		assert.throws(() => outbox({ maxQueued: 100_000 }).push(new Uint8Array(65_536)), { code: "LST_RANGE" });
		for (const wrong of [undefined, null, 7, [1], new ArrayBuffer(4)])
			assert.throws(() => box.push(wrong as never), { code: "LST_TYPE" });
	});

	it("copies a message, so that later changes by the caller are not sent", () => {
		const box = outbox();
		const message = text("hello");
		box.push(message);
		message.fill(0);
		assert.deepEqual(box.take().subarray(19), text("hello"));
	});
});
