// Format and lint, then the tests with the coverage of src/core. The last line counts what passed, failed and was skipped.
import { spawnSync } from "node:child_process";
import { readFileSync, rmSync } from "node:fs";
import { join } from "node:path";

import { testWithSdk } from "./sdk-tests.mjs";
import { missingSdk } from "./sdk-tools.mjs";

const root = join(import.meta.dirname, "..");
const counts = join(root, "build", "test-counts.json");
const bin = (name) => join(root, "node_modules", ...name.split("/"));
const run = (...args) => spawnSync(process.execPath, args, { cwd: root, stdio: "inherit" }).status === 0;

rmSync(counts, { force: true });
const linted = run(bin("@biomejs/biome/bin/biome"), "check", "--error-on-warnings");
const reporter = ["--reporter", "build/host-tests/helpers/reporter.js", "--reporter-option", `counts=${counts}`];
const tested = run(bin("c8/bin/c8.js"), bin("mocha/bin/mocha.js"), ...reporter, ...process.argv.slice(2));
let passes = 0;
let failures = 0;
let skipped = 0;
try {
	({ passes, failures, skipped } = JSON.parse(readFileSync(counts, "utf8")));
} catch {
	console.error("the tests did not run to their end");
	failures++;
}
const missing = missingSdk();
if (missing) {
	console.log(`skipped: the selftest on the SDK's XS and the boards' bytecode, since ${missing}`);
	skipped++;
} else {
	const sdk = await testWithSdk();
	passes += sdk.passed;
	failures += sdk.failed;
}
if (!linted) {
	console.error("the formatter or the linter found something: see above, and `npm run format`");
	failures++;
}
if (!tested && !failures) {
	console.error("coverage is below its threshold: see above");
	failures++;
}
console.log(`${passes} passed, ${failures} failed${skipped ? `, ${skipped} skipped` : ""}`);
process.exit(failures ? 1 : 0);
