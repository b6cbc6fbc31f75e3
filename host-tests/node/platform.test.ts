import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
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

	it("can be cleared while an exception is handled, and the program goes on", () => {
		const platform = new URL("../../src/node/platform.js", import.meta.url);
		const program = `
			const { nodePlatform } = await import(${JSON.stringify(platform)});
			const timers = [];
			const fire = () => { throw new Error("the application's"); };
			for (let i = 0; i < 3; i++) timers.push(nodePlatform.setTimer(fire, 20));
			let caught = 0;
			process.on("uncaughtException", ({ message }) => {
				if (++caught > 1) process.exit(1);
				for (const timer of timers) nodePlatform.clearTimer(timer);
				setTimeout(() => console.log(message, caught), 20);
			});`;
		const { stdout } = spawnSync(process.execPath, ["--input-type=module", "-e", program], { encoding: "utf8" });
		assert.equal(stdout, "the application's 1\n");
	});

	it("fires without another turn if the program was not held up", async () => {
		assert.deepEqual(await order(0), ["timer", "next turn"]);
	});
});
