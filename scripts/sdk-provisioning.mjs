// boards/provision and `lst provision` talk to each other over two pseudo-terminals, from util-linux's script.
import { spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { buildHost, find, mcconfig, root } from "./sdk-tools.mjs";

/** Returns whether the device had its key in NVS in the end, and a line about it. */
export async function checkProvisioning() {
	const line = "boards/provision takes a key from `lst provision` over a serial line and keeps it";
	const host = buildHost();
	const built = host && mcconfig("boards/provision", "lin");
	if (!built) return { ok: false, line };
	const folder = mkdtempSync(join(tmpdir(), "lst-provision-"));
	const onTerminal = (...command) =>
		spawn("script", ["-qefc", `${command.join(" ")} > ${join(folder, command.length.toString())} 2>&1`, "/dev/null"], {
			cwd: folder,
			stdio: ["pipe", "pipe", "inherit"],
		});
	const lst = [process.execPath, join(root, "build", "src", "node", "lst", "main.js")];
	const key = spawnSync(lst[0], [lst[1], "keygen"], { encoding: "utf8" }).stdout.trim();
	writeFileSync(join(folder, "home.key"), key, { mode: 0o600 });
	const device = onTerminal(host, find(built, "mc.so"));
	const command = onTerminal(...lst, "provision", "/dev/tty", "--key-file", "home.key");
	try {
		device.stdout.pipe(command.stdin);
		command.stdout.pipe(device.stdin);
		const [code] = await once(command, "exit");
		const kept = JSON.parse(readFileSync(join(folder, "modpreferences.json"), "utf8")).lst.key.buffer;
		return { ok: code === 0 && Buffer.from(kept.split(",").map(Number)).toString("hex") === key, line };
	} catch (error) {
		return { ok: false, line: `${line}: ${error.message}` };
	} finally {
		device.kill();
		rmSync(folder, { recursive: true });
	}
}
