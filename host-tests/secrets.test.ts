import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";

const root = fileURLToPath(new URL("../../", import.meta.url));
/** Files that are full of hex digits: the test vectors, whose keys protect nothing, and the hashes of a lock file. */
const known = /^host-tests\/vectors\/|package-lock\.json$/;
const KEY = /(?<![0-9a-fA-F])[0-9a-fA-F]{64}(?![0-9a-fA-F])/g;

/** What may be shown: the vectors, the pseudorandom key of RFC 5869, A.1, and the constants of P-256. */
const published = [
	"5ac635d8aa3a93e7b3ebbd55769886bc651d06b0cc53b0f63bce3c3e27d2604b",
	"6b17d1f2e12c4247f8bce6e563a440f277037d812deb33a0f4a13945d898c296",
	"4fe342e2fe1a7f9b8ee7eb4a7c0f9e162bce33576b315ececbb6406837bf51f5",
	"077709362c2e32df0ddc3f0dc47bba6390b6c73bb50f9c3122ec844ad7c2b3e5",
	...["original.json", "secure.json"].map((name) => readFileSync(`${root}host-tests/vectors/${name}`, "utf8")),
].join();

function keysIn(text: string): string[] {
	return (text.match(KEY) ?? []).filter((key) => !published.includes(key.toLowerCase()) && new Set(key).size > 4);
}

describe("secrets", () => {
	const { stdout, status } = spawnSync("git", ["ls-files", "-z"], { cwd: root, encoding: "utf8" });
	const why = status === 0 ? "" : " (skipped: this is not a git checkout)";

	it("the check finds a key in text", () => {
		const key = `${"5ac1".repeat(15)}0bd7`;
		assert.deepEqual(keysIn(`"key": "${key}"`), [key]);
		assert.deepEqual(keysIn(`${"ab".repeat(32)} ${key}0`), []);
	});

	it(`no file that git tracks holds what looks like a key${why}`, function () {
		if (why) this.skip();
		const files = stdout.split("\0").filter((name) => name && !known.test(name));
		assert.ok(files.length > 50);
		for (const name of files) {
			let text = "";
			try {
				text = readFileSync(root + name, "latin1");
			} catch (error) {
				if ((error as NodeJS.ErrnoException).code !== "ENOENT") throw error;
			}
			assert.deepEqual(keysIn(text), [], name);
		}
	});

	it(`git ignores a board's secrets and key files${why}`, function () {
		if (why) this.skip();
		for (const name of ["boards/esp32/secrets.json", "home.key"])
			assert.equal(spawnSync("git", ["check-ignore", "-q", name], { cwd: root }).status, 0, name);
	});
});
