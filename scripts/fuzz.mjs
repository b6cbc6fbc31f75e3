// The fuzzer for as long as one likes: npm run fuzz -- SECONDS, for each of its targets.
import { spawnSync } from "node:child_process";
import { join } from "node:path";

const root = join(import.meta.dirname, "..");
const mocha = join(root, "node_modules", "mocha", "bin", "mocha.js");
const env = { ...process.env, LST_FUZZ_SECONDS: process.argv[2] ?? "60" };
const args = [mocha, "--no-config", join(root, "build", "host-tests", "fuzz", "fuzz.test.js")];
process.exit(spawnSync(process.execPath, args, { env, stdio: "inherit" }).status ?? 1);
