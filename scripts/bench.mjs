// The cost of the parts of a session on XS: in computrons on the engine from npm, which do not vary, or in microseconds on the SDK's.
import { readdirSync } from "node:fs";
import { basename, join } from "node:path";
import { linkFirmware } from "./sdk-firmware.mjs";
import { serverMemory } from "./sdk-memory.mjs";
import { buildHost, find, mcconfig, missingSdk, output, root, run } from "./sdk-tools.mjs";

/** A client's handshake is to allocate fewer octets than this. */
const MOST_OF_A_HANDSHAKE = 4096;

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

/** Octets of the bytecode of the smallest firmware, as the SDK links it: the library's and its own. */
function bytecode() {
	const modules = linkFirmware("esp8266", "esp");
	if (!modules) throw new Error("boards/esp8266 could not be linked");
	const isOwn = (name) => name === "main" || name.startsWith("lightweight-secure-tcp/firmware/");
	const isLibrary = (name) => name.startsWith("lightweight-secure-tcp") && !isOwn(name);
	const sum = (which) => Object.entries(modules).reduce((total, [name, size]) => total + (which(name) ? size : 0), 0);
	return [
		["octets of bytecode in boards/esp8266, linked: the library", String(sum(isLibrary))],
		["octets of bytecode in boards/esp8266, linked: the firmware itself", String(sum(isOwn))],
	];
}

/** Octets of each of the project's C files on the chips, as Debian's compilers make them. */
async function nativeSizes() {
	const { chips, codeSize, compile, forEsp32, present } = await import(
		join(root, "build", "host-tests", "native", "chips.js")
	);
	const folder = join(root, "src", "native");
	const forAll = readdirSync(folder)
		.filter((name) => name.endsWith(".c"))
		.map((name) => join(folder, name));
	const measure = (chip) => (source) => {
		const object = join(output, `${basename(source)}.o`);
		const said = compile(chip, [source], ["-c", "-o", object]);
		if (said) throw new Error(said);
		return [`octets of ${basename(source)}, ${chip.description}`, String(codeSize(chip, object))];
	};
	const there = chips.filter(({ prefix }) => present(`${prefix}-gcc`));
	return there.flatMap((chip) => [...forAll, ...(chip.name === "rv32" ? forEsp32 : [])].map(measure(chip)));
}

async function onSdk(update) {
	const missing = missingSdk();
	if (missing) throw new Error(`this wants the Moddable SDK: ${missing}`);
	const built = mcconfig("boards/bench", "lin");
	const { stdout } = run(buildHost(), [find(built, "mc.so")], {
		encoding: "utf8",
		stdio: ["ignore", "pipe", "inherit"],
	});
	const rows = stdout
		.trim()
		.split("\n")
		.map((line) => line.split("\t"));
	const made = rows.find(([what]) => what.startsWith("allocated in a handshake of a client, octets of slots"));
	if (!(Number(made?.[1]) < MOST_OF_A_HANDSHAKE)) throw new Error(`a client's handshake allocates ${made?.[1]} octets`);
	rows.push(...bytecode());
	rows.push(...(await nativeSizes()));
	const { ok, line, figures } = await serverMemory();
	if (!ok) throw new Error(line);
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
