import assert from "node:assert/strict";
import fc from "fast-check";
import { BundleReader, BundleWriter, messagesIn } from "../../src/core/bundle.js";
import { text } from "../helpers/crypto.js";

const plain = (record: Uint8Array) => record.subarray(19);

function encodeBundle(messages: readonly Uint8Array[], size: number): Uint8Array {
	const writer = new BundleWriter(0);
	for (const message of messages) writer.push(message);
	assert.equal(writer.count, messages.length);
	return writer.finish(size);
}

function read(bytes: Uint8Array): Uint8Array[] | undefined {
	const reader = BundleReader.check(bytes);
	if (!reader) return undefined;
	const messages: Uint8Array[] = [];
	for (let message: Uint8Array | undefined; (message = reader.next()); ) messages.push(message);
	return messages;
}

describe("bundle", () => {
	it("decodes to the messages that were encoded, with and without padding", () => {
		const message = fc.uint8Array({ maxLength: 40 });
		fc.assert(
			fc.property(fc.array(message, { maxLength: 20 }), fc.integer({ min: 0, max: 50 }), (messages, fill) => {
				const size = 2 + messages.reduce((sum, one) => sum + 2 + one.length, 0);
				assert.deepEqual(read(plain(encodeBundle(messages, size + fill))), messages);
			}),
		);
	});

	it("carries and counts more than 255 messages", () => {
		const messages = Array.from({ length: 300 }, (_, i) => Uint8Array.of(i));
		const record = encodeBundle(messages, 2 + 3 * 300);
		assert.equal(messagesIn(record), 300);
		assert.deepEqual(read(plain(record)), messages);
	});

	it("with a count of 0, which makes it a cover record, decodes to no messages", () => {
		assert.deepEqual(read(Uint8Array.of(0, 0)), []);
		assert.deepEqual(read(new Uint8Array(64)), []);
	});

	const good = plain(encodeBundle([text("one"), text("")], 12));
	for (const [what, change] of [
		["a non-zero octet in the padding", (octets: Uint8Array) => octets.fill(1, 11)],
		["a length that exceeds the remaining octets", (octets: Uint8Array) => octets.fill(9, 3, 4)],
		["a second length that exceeds the remaining octets", (octets: Uint8Array) => octets.fill(4, 8, 9)],
		["a count that exceeds its messages", (octets: Uint8Array) => octets.fill(5, 1, 2)],
		["a count and a length that are too small", (octets: Uint8Array) => octets.fill(1, 1, 2).fill(2, 3, 4)],
		["a truncated count", (octets: Uint8Array) => octets.subarray(0, 1)],
		["no octets at all", (octets: Uint8Array) => octets.subarray(0, 0)],
		["a truncated length", (octets: Uint8Array) => octets.subarray(0, 8)],
		["a truncated message", (octets: Uint8Array) => octets.subarray(0, 6)],
	] as const)
		it(`is malformed with ${what}`, () => {
			assert.ok(read(good));
			assert.equal(read(change(good.slice())), undefined);
		});
});
