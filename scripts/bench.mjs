// What the parts of a session cost on XS: computrons on the engine from npm, which do not vary, or microseconds on the SDK's.
import { join } from "node:path";
import { buildHost, find, mcconfig, missingSdk, root, run } from "./sdk-tools.mjs";

const load = (name) => import(join(root, "build", "xs", `${name}.js`));
const print = (name, value) => console.log(`${name.padEnd(56)}${value.padStart(12)}`);

async function onNpmEngine() {
	const [{ findEngine }, { XsFirmware }] = await Promise.all([load("engine"), load("host")]);
	const { binary, description } = findEngine(console.error);
	if (!binary) throw new Error(description);
	const computrons = async (config) => {
		let traced = "";
		const firmware = new XsFirmware({ binary, main: "bench", config, onTrace: (text) => (traced += text) });
		await firmware.finished;
		const compute = await firmware.computed();
		firmware.close();
		return { compute, traced };
	};
	const [FEW, MANY] = [2, 12];
	console.log(
		`${description}: computrons. Its AES, SHA-256 and random octets are the host's: what JavaScript does is counted\n`,
	);
	for (const measure of JSON.parse((await computrons({ list: true })).traced)) {
		const few = await computrons({ measure, times: FEW });
		const many = await computrons({ measure, times: MANY });
		print(measure, String(Math.round((many.compute - few.compute) / (MANY - FEW))));
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
	else await onNpmEngine();
} catch (error) {
	console.error(error.message);
	process.exit(1);
}
process.exit(0);
