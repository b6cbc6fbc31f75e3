// Installs and compiles whatever is missing or older than its sources, so that `npm start` and `npm test` work on a fresh clone.
import { spawnSync } from "node:child_process";
import { chmodSync, existsSync, readdirSync, rmSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";

const root = join(import.meta.dirname, "..");
const stamp = join(root, "build", ".built");
const modified = (path) => (existsSync(path) ? statSync(path).mtimeMs : 0);

function newest(path) {
	if (!statSync(path).isDirectory()) return modified(path);
	const names = readdirSync(path).filter((name) => name !== "node_modules");
	return Math.max(modified(path), ...names.map((name) => newest(join(path, name))));
}

function run(command, args) {
	const { status } = spawnSync(command, args, {
		cwd: root,
		stdio: ["ignore", 2, 2],
		shell: process.platform === "win32",
	});
	if (status !== 0) process.exit(status ?? 1);
}

const tsc = join(root, "node_modules", "typescript", "bin", "tsc");
// As `prepare` this is part of an installation, to which npm may not have added the compiler.
const preparing = process.env.npm_lifecycle_event === "prepare";
const installing = preparing && existsSync(tsc);
if (preparing && !installing && process.env.npm_config_omit?.includes("dev")) {
	console.error("not compiled, since what compiles was not to be installed");
	process.exit(0);
}
if (
	!installing &&
	modified(join(root, "node_modules", ".package-lock.json")) < modified(join(root, "package-lock.json"))
)
	run("npm", ["ci", "--include=dev", "--ignore-scripts", "--no-audit", "--no-fund"]);

const sources = [
	"src",
	"bench",
	"boards",
	"host-tests",
	"typings",
	"xs",
	"tsconfig.json",
	"tsconfig.moddable.json",
	"package-lock.json",
].map((name) => join(root, name));
if (modified(stamp) < Math.max(...sources.map(newest))) {
	// The SDK's builds take minutes and know by themselves what is outdated.
	for (const name of ["bench", "host-tests", "moddable", "src", "xs"])
		rmSync(join(root, "build", name), { recursive: true, force: true });
	run(process.execPath, [tsc, "--project", root]);
	run(process.execPath, [tsc, "--project", join(root, "tsconfig.moddable.json")]);
	// npm makes it executable only when it links it; a new build has lost that.
	chmodSync(join(root, "build", "src", "node", "lst", "main.js"), 0o755);
	writeFileSync(stamp, "");
}
