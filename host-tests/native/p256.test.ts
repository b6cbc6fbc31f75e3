import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { chips, root } from "./chips.js";
import { missingFor } from "./emulate.js";
import { countMultiplication, noSdk } from "./p256.js";

for (const chip of chips) {
	const missing = noSdk() ?? missingFor(chip);
	describe(`the SDK's P-256 on ${chip.description} under QEMU${missing ? ` (skipped: ${missing})` : ""}`, () => {
		it("multiplies correctly, in as many instructions as boards/README.md states", function () {
			if (missing) this.skip();
			const { instructions, numbers } = countMultiplication(chip);
			const told = new RegExp(
				`^\\| ${chip.description.split(" ")[0]} \\|.*\\| ${Math.round(instructions / 1e6)} million \\|`,
				"m",
			);
			assert.match(readFileSync(`${root}boards/README.md`, "utf8"), told);
			console.log(`      ${chip.description}: ${instructions} instructions, ${numbers} numbers on XS's stack`);
		}).timeout(60_000);
	});
}
