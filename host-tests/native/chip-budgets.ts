import assert from "node:assert/strict";
import { readFileSync, writeFileSync } from "node:fs";
import { type Chip, root } from "./chips.js";

const file = `${root}bench/chip-budgets.json`;
/** How much more than its budget something may cost. */
const TOLERANCE = 0.02;

/** Fails where something costs more than its budget; with `LST_UPDATE_BUDGETS` set, what it costs becomes the budget. */
export function checkBudget({ name }: Chip, what: string, value: number): void {
	const budgets = JSON.parse(readFileSync(file, "utf8")) as Record<string, Record<string, number>>;
	budgets[name] ??= {};
	if (process.env.LST_UPDATE_BUDGETS) {
		budgets[name][what] = value;
		writeFileSync(file, `${JSON.stringify(budgets, null, "\t")}\n`);
		return;
	}
	const budget = budgets[name][what];
	assert.ok(
		budget !== undefined && value <= budget * (1 + TOLERANCE),
		`${what}: ${value} where ${budget} are budgeted`,
	);
}
