import assert from "node:assert/strict";
import { isSound } from "../../src/firmware/dns.js";

const [A, PTR, TXT, SRV, OPT, ANY] = [1, 12, 16, 33, 41, 255];
const word = (value: number) => [value >> 8, value & 0xff];
const name = (...labels: string[]) => [...labels.flatMap((label) => [label.length, ...Buffer.from(label)]), 0];
const pointer = (to: number) => word(0xc000 | to);
const record = (owner: number[], type: number, ...data: number[]) => [
	...owner,
	...word(type),
	...word(1),
	...[0, 0, 0, 120],
	...word(data.length),
	...data,
];
const question = (of: number[], type = ANY) => [...of, ...word(type), ...word(1)];

/** A message; the counts in its header can differ from what it contains. */
function message(questions: number[][], records: number[][], counts = [questions.length, records.length]): Uint8Array {
	const header = [0, 0, 0, 0, ...word(counts[0]!), ...word(counts[1]!), 0, 0, 0, 0];
	return Uint8Array.from([...header, ...questions.flat(), ...records.flat()]);
}

const service = name("_lst", "_tcp", "local");
const kitchen = name("kitchen", "local");

describe("DNS messages that the SDK's parser can take", () => {
	it("accepts a query, an answer with pointers back, and an OPT record of the root", () => {
		assert.ok(isSound(message([question(service, PTR)], [])));
		// The service is at 12, and `local` in it at 22.
		const answer = message(
			[question(service, PTR)],
			[
				record(pointer(12), PTR, 7, ...Buffer.from("kitchen"), ...pointer(12)),
				record(pointer(12), SRV, ...[0, 0, 0, 0, 0x1b, 0x58], 7, ...Buffer.from("kitchen"), ...pointer(22)),
				record(kitchen, A, 192, 168, 1, 20),
				record(kitchen, TXT, 3, ...Buffer.from("k=v")),
				record([0], OPT),
			],
		);
		assert.ok(isSound(answer));
		for (let size = 0; size < answer.length; size++)
			assert.ok(!isSound(answer.subarray(0, size)), `${size} octets of it`);
	});

	it("refuses pointers to themselves, forward, in a circle, and beyond the end, wherever a name can be", () => {
		const bad = {
			"to itself": pointer(12),
			forward: [...pointer(14), ...kitchen],
			"in a circle": [1, 0x61, ...pointer(12)],
			"beyond the end": pointer(0x3fff),
			cut: [0xc0],
		};
		for (const [what, of] of Object.entries(bad)) {
			assert.ok(!isSound(message([question(of)], [])), `a question ${what}`);
			assert.ok(!isSound(message([], [record(of, A, 1, 2, 3, 4)])), `an owner ${what}`);
		}
		// The record's data begin at 12 + 15 + 10.
		for (const [type, before] of [
			[PTR, []],
			[SRV, [0, 0, 0, 0, 0, 1]],
		] as const) {
			const at = 37 + before.length;
			for (const target of [at, at + 1, 0x3fff])
				assert.ok(
					!isSound(message([], [record(kitchen, type, ...before, ...pointer(target))])),
					`${type} to ${target}`,
				);
			assert.ok(isSound(message([], [record(kitchen, type, ...before, ...pointer(12))])), `${type}, back`);
		}
	});

	it("refuses the root where a name is wanted, labels and names that are too long, and counts that are wrong", () => {
		assert.ok(!isSound(message([question([0])], [])));
		assert.ok(!isSound(message([], [record([0], A, 1, 2, 3, 4)])));
		assert.ok(!isSound(message([], [record(kitchen, PTR, 0)])));
		assert.ok(!isSound(message([question([64, ...new Array(64).fill(0x61), 0])], [])));
		const labels = (count: number) => name(...new Array(count).fill("a"));
		assert.ok(isSound(message([question(labels(127))], [])));
		assert.ok(!isSound(message([question(labels(128))], [])));
		assert.ok(!isSound(message([question(kitchen)], [], [2, 0])));
		assert.ok(!isSound(message([question(kitchen)], [], [1, 1])));
		assert.ok(!isSound(message([], [], [0xffff, 0])));
		assert.ok(!isSound(message([], new Array(256).fill(record(kitchen, A, 1, 2, 3, 4)))));
		assert.ok(isSound(message([], new Array(255).fill(record(kitchen, A, 1, 2, 3, 4)))));
	});
});
