// Format and lint, then the tests with the coverage of src/core. The last line counts what passed, failed and was skipped.
import { spawn, spawnSync } from "node:child_process";
import { readFileSync, rmSync } from "node:fs";
import { join } from "node:path";

import { testWithSdk } from "./sdk-tests.mjs";
import { missingSdk } from "./sdk-tools.mjs";

/** A run that has not ended by then hangs, and has failed. Milliseconds. */
const TOO_LONG = 900_000;
const root = join(import.meta.dirname, "..");
const bin = (name) => join(root, "node_modules", ...name.split("/"));
const mocha = bin("mocha/bin/mocha.js");
const run = (...args) =>
	spawnSync(process.execPath, args, { cwd: root, stdio: "inherit", timeout: TOO_LONG }).status === 0;

/** Mocha's arguments for a reporter that leaves its counts in a file. */
function reporting(name) {
	const file = join(root, "build", `test-counts-${name}.json`);
	rmSync(file, { force: true });
	const reporter = ["--reporter", "build/host-tests/helpers/reporter.js", "--reporter-option", `counts=${file}`];
	return { file, reporter };
}

let passes = 0;
let failures = 0;
let skipped = 0;
function count(file) {
	try {
		const counts = JSON.parse(readFileSync(file, "utf8"));
		passes += counts.passes;
		failures += counts.failures;
		skipped += counts.skipped;
	} catch {
		console.error("the tests did not run to their end");
		failures++;
	}
}

// The tests over networks mostly wait, so they run beside the others.
const networks = reporting("net");
const net = spawn(process.execPath, [mocha, "--no-config", ...networks.reporter, "build/host-tests/net/*.test.js"], {
	cwd: root,
	stdio: ["ignore", "pipe", "pipe"],
});
let told = "";
for (const stream of [net.stdout, net.stderr]) stream.on("data", (chunk) => (told += chunk));
const netOver = new Promise((resolve) => net.once("close", resolve));

const linted = run(bin("@biomejs/biome/bin/biome"), "check", "--error-on-warnings");
const others = reporting("main");
const tested = run(bin("c8/bin/c8.js"), mocha, ...others.reporter, ...process.argv.slice(2));
await netOver;
console.log(told);
count(others.file);
count(networks.file);
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
