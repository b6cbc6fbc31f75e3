// What the parts of a session cost on XS: computrons on the engine from npm, which do not vary, or microseconds on the SDK's.
import { readdirSync, rmSync, statSync } from "node:fs";
import { basename, dirname, join } from "node:path";
import { serverMemory } from "./sdk-memory.mjs";
import { buildHost, find, mcconfig, missingSdk, output, root, run } from "./sdk-tools.mjs";

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

/** Octets of the library's bytecode as xsc compiles it, module by module; the linker shares their symbols. */
function bytecode(built) {
	const folder = join(dirname(find(built, "connection.xsb")), "..");
	const files = readdirSync(folder, { recursive: true }).filter((name) =>
		/^(core|moddable|native)\/.*\.xsb$/.test(name),
	);
	const kept = files.filter((name) => !name.startsWith("core/original/"));
	return kept.reduce((sum, name) => sum + statSync(join(folder, name)).size, 0);
}

/** Octets of each of the project's C files on the chips, as Debian's compilers make them. */
async function nativeSizes() {
	const { chips, codeSize, compile, present } = await import(join(root, "build", "host-tests", "native", "chips.js"));
	const folder = join(root, "src", "native");
	const forAll = readdirSync(folder).filter((name) => name.endsWith(".c"));
	const forEsp32 = join("..", "p256", "mbedtls", "lstcp_p256_xs.c");
	const measure = (chip) => (name) => {
		const object = join(output, `${basename(name)}.o`);
		const said = compile(chip, [join(folder, name)], ["-c", "-o", object]);
		if (said) throw new Error(said);
		return [`octets of ${basename(name)}, ${chip.description}`, String(codeSize(chip, object))];
	};
	const there = chips.filter(({ prefix }) => present(`${prefix}-gcc`));
	return there.flatMap((chip) => [...forAll, ...(chip.name === "rv32" ? [forEsp32] : [])].map(measure(chip)));
}

async function onSdk(update) {
	const missing = missingSdk();
	if (missing) throw new Error(`this wants the Moddable SDK: ${missing}`);
	// From nothing: modules that are no longer there are not to be counted.
	rmSync(join(output, "boards-bench-lin"), { recursive: true, force: true });
	const built = mcconfig("boards/bench", "lin");
	const { stdout } = run(buildHost(), [find(built, "mc.so")], {
		encoding: "utf8",
		stdio: ["ignore", "pipe", "inherit"],
	});
	const rows = stdout
		.trim()
		.split("\n")
		.map((line) => line.split("\t"));
	rows.push(["octets of the library's bytecode, before it is linked", String(bytecode(built))]);
	rows.push(...(await nativeSizes()));
	const { figures = {} } = await serverMemory();
	for (const [what, value] of Object.entries(figures))
		rows.push([`a server with two sessions that echo 1 KiB: ${what}`, String(value)]);
	console.log("the SDK's XS on this machine, with its native AES and SHA-256: microseconds\n");
	for (const row of rows) print(...row);
	if (!update) return;
	const { updateTable } = await import(join(root, "build", "bench", "table.js"));
	const lines = rows.map((row) => `| ${row.join(" | ")} |`);
	updateTable(
		"sdk",
		["| on the SDK's XS, desktop | µs, where nothing else is said |", "|---|---:|", ...lines].join("\n"),
	);
}

try {
	const update = process.argv.includes("--update");
	if (process.argv[2] === "sdk") await onSdk(update);
	else await onNpmEngine(update);
} catch (error) {
	console.error(error.message);
	process.exit(1);
}
process.exit();
