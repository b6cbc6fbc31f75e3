import assert from "node:assert/strict";
import { chips } from "./chips.js";
import { missingFor } from "./emulate.js";
import { countMultiplication, noSdk } from "./p256.js";

for (const chip of chips) {
	const missing = noSdk() ?? missingFor(chip);
	describe(`the SDK's P-256 on ${chip.description} under QEMU${missing ? ` (skipped: ${missing})` : ""}`, () => {
		it("multiplies rightly, in as many instructions as the documentation tells", function () {
			if (missing) this.skip();
			const { instructions, numbers } = countMultiplication(chip);
			assert.ok(instructions > 1_000_000 && instructions < 100_000_000, `${instructions}`);
			console.log(`      ${chip.description}: ${instructions} instructions, ${numbers} numbers on XS's stack`);
		}).timeout(60_000);
	});
}
