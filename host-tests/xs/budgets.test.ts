import assert from "node:assert/strict";
import { exceeded, measureBudgets, readBudgets } from "../../xs/budgets.js";
import { findEngine } from "../../xs/engine.js";

const engine = findEngine((line) => console.error(line));

describe(`budgets on XS${engine.binary ? "" : ` (skipped: ${engine.description})`}`, function () {
	this.timeout(60_000);

	before(function () {
		if (!engine.binary) this.skip();
	});

	it("no measurement exceeds its budget, and two runs measure the same", async () => {
		const [first, second] = [await measureBudgets(engine.binary!), await measureBudgets(engine.binary!)];
		assert.deepEqual(second, first);
		assert.deepEqual(exceeded(first, readBudgets()), [], "`npm run bench:budgets -- --update` makes it the budget");
	});

	it("a measurement 3 % above its budget, or without one, is reported", () => {
		const budgets = { computrons: { seal: 1000 }, slots: { session: 100 } };
		assert.deepEqual(exceeded(budgets, budgets), []);
		const measured = { computrons: { seal: 1030, open: 5 }, slots: { session: 102 } };
		assert.equal(exceeded(measured, budgets).length, 2);
	});
});
