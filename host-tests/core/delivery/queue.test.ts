import assert from "node:assert/strict";
import { Queue } from "../../../src/core/delivery/queue.js";

describe("a queue", () => {
	it("returns what was pushed in that order, however many items are taken in between", () => {
		const queue = new Queue<number>();
		let pushed = 0;
		let taken = 0;
		for (let round = 1; round < 60; round++) {
			for (let i = 0; i < 3 * round; i++) queue.push(pushed++);
			for (let i = 0; i < 2 * round; i++) assert.equal(queue.shift(), taken++);
			assert.equal(queue.length, pushed - taken);
			assert.deepEqual(
				[queue.at(0), queue.at(queue.length - 1), queue.at(queue.length)],
				[taken, pushed - 1, undefined],
			);
		}
		while (taken < pushed) assert.equal(queue.shift(), taken++);
		assert.deepEqual([queue.length, queue.shift(), queue.length], [0, undefined, 0]);
	});

	it("`clear` returns what is left, and empties it", () => {
		const queue = new Queue<number>();
		for (const item of [1, 2, 3]) queue.push(item);
		queue.shift();
		assert.deepEqual(queue.clear(), [2, 3]);
		assert.deepEqual([queue.length, queue.at(0), queue.clear()], [0, undefined, []]);
	});

	it("takes from the front in a time that does not grow with its length", () => {
		const cost = (length: number) => {
			const queue = new Queue<number>();
			for (let i = 0; i < length; i++) queue.push(i);
			const begin = performance.now();
			while (queue.length) queue.shift();
			return (performance.now() - begin) / length;
		};
		cost(20_000);
		assert.ok(cost(400_000) < 40 * cost(20_000));
	});
});
