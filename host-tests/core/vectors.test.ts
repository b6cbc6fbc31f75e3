import assert from "node:assert/strict";
import { existsSync, readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";

const here = new URL("../../../host-tests/vectors/", import.meta.url);
/** Where the protocol's own vectors are, if this repository lies next to them. */
const beside = new URL("../../../../shared/vectors/", import.meta.url);

describe("vectors", () => {
	const missing = existsSync(fileURLToPath(beside)) ? "" : ` (skipped: there is no ${fileURLToPath(beside)})`;

	for (const [name, origin] of [
		["secure.json", "secure.json"],
		["original.json", "original.json"],
		["aes_256_ccm_tag128.json", "wycheproof/aes_256_ccm_tag128.json"],
		["hkdf_sha256.json", "wycheproof/hkdf_sha256.json"],
	] as const)
		it(`${name} is identical to the file that belongs to the protocol${missing}`, function () {
			if (missing) this.skip();
			assert.equal(readFileSync(new URL(name, here), "utf8"), readFileSync(new URL(origin, beside), "utf8"));
		});
});
