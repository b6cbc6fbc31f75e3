// What the parts of a session cost on XS: computrons on the engine from npm, which do not vary, or microseconds on the SDK's.
import { join } from "node:path";
import { buildHost, find, mcconfig, missingSdk, root, run } from "./sdk-tools.mjs";

const load = (name) => import(join(root, "build", "xs", `${name}.js`));
const print = (name, value) => console.log(`${name.padEnd(56)}${value.padStart(12)}`);

async function onNpmEngine(update) {
	const [{ findEngine }, { measureBudgets, readBudgets, writeBudgets, exceeded }] = await Promise.all([
		load("engine"),
		load("budgets"),
	]);
	const { binary, description } = findEngine(console.error);
	if (!binary) throw new Error(description);
	const measured = await measureBudgets(binary);
	for (const [unit, values] of Object.entries(measured)) {
		console.log(`\n${description}: ${unit}`);
		for (const [name, value] of Object.entries(values)) print(name, String(value));
	}
	if (update) writeBudgets(measured);
	for (const line of exceeded(measured, readBudgets())) {
		console.error(line);
		process.exitCode = 1;
	}
}

function onSdk() {
	const missing = missingSdk();
	if (missing) throw new Error(`this wants the Moddable SDK: ${missing}`);
	const built = mcconfig("boards/bench", "lin");
	const { stdout } = run(buildHost(), [find(built, "mc.so")], {
		encoding: "utf8",
		stdio: ["ignore", "pipe", "inherit"],
	});
	console.log("the SDK's XS on this machine, with its native AES and SHA-256: microseconds\n");
	for (const line of stdout.trim().split("\n")) print(...line.split("\t"));
}

try {
	if (process.argv[2] === "sdk") onSdk();
	else await onNpmEngine(process.argv.includes("--update"));
} catch (error) {
	console.error(error.message);
	process.exit(1);
}
process.exit();
