import assert from "node:assert/strict";
import { setTimeout as sleep } from "node:timers/promises";
import { nodePlatform } from "../../src/node/platform.js";

describe("a timer of the Node.js platform", () => {
	/** Which comes first: the timer, or the turn after one that takes `milliseconds` from the moment the timer is due. */
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

	it("fires a turn later, after input was read, if the program was held up when it was due", async () => {
		assert.deepEqual(await order(100), ["next turn", "timer"]);
	});

	it("fires without another turn if the program was not held up", async () => {
		assert.deepEqual(await order(0), ["timer", "next turn"]);
	});
});
