import assert from "node:assert/strict";
import { setTimeout as sleep } from "node:timers/promises";
import { nodePlatform } from "../../src/node/platform.js";

describe("a timer of the Node.js platform", () => {
	/** What comes first: the timer, or the turn after one that takes `milliseconds` from the moment it is due. */
	async function order(milliseconds: number): Promise<string[]> {
		const order: string[] = [];
		const delay = 20;
		setTimeout(() => {
			setImmediate(() => {
				setImmediate(() => order.push("next turn"));
				for (const begin = performance.now(); performance.now() - begin < milliseconds; );
			});
		}, delay);
		nodePlatform.setTimer(() => order.push("timer"), delay, undefined);
		while (order.length < 2) await sleep(5);
		return order;
	}

	it("lets what has arrived be read where the program was held up since it was due", async () => {
		assert.deepEqual(await order(100), ["next turn", "timer"]);
	});

	it("waits for no other turn where it was not", async () => {
		assert.deepEqual(await order(0), ["timer", "next turn"]);
	});
});
