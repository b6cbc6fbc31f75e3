import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { fileURLToPath } from "node:url";

const root = fileURLToPath(new URL("../../../", import.meta.url));

describe("the published types", () => {
	it("compile in a strict project that checks its libraries, and expose no internals", () => {
		const tsc = [`${root}node_modules/typescript/bin/tsc`, "--project", `${root}host-tests/consumer`];
		const { status, stdout } = spawnSync(process.execPath, tsc, { encoding: "utf8" });
		assert.equal(status, 0, stdout);
	});
});
