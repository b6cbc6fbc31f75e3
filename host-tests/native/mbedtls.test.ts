import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { toHex } from "../../src/core/octets.js";
import { newKeyPair } from "../../src/node/p256.js";
import { hex } from "../helpers/crypto.js";
import { ecdhTests } from "../helpers/vectors.js";
import { octets, root } from "./chips.js";

const source = join(root, "src", "p256", "mbedtls");
const includes = spawnSync("cc", ["-E", "-"], { input: "#include <psa/crypto.h>\n" }).status === 0;
const why = includes ? "" : " (skipped: there is no C compiler, or no libmbedtls-dev)";

function vectors(): string {
	const rows = ecdhTests.map((test) => {
		const scalar = test.private.slice(-64).padStart(64, "0");
		const publicKey = toHex(newKeyPair(hex(scalar)).share);
		const fields = [scalar, test.public.slice(2), test.shared.padEnd(64, "0"), publicKey].map(octets);
		return `\t{ ${fields.join(", ")}, ${test.result === "valid" ? 1 : 0} },`;
	});
	return `static const Vector vectors[] = {\n${rows.join("\n")}\n};\n`;
}

describe(`the project's P-256 over mbedTLS${why}`, () => {
	it("passes Wycheproof's tests on this machine, including those of invalid points", function () {
		if (!includes) this.skip();
		const folder = mkdtempSync(join(tmpdir(), "lst-mbedtls-"));
		try {
			writeFileSync(join(folder, "vectors.h"), vectors());
			const program = join(folder, "program");
			const files = [join(source, "lstcp_p256.c"), join(root, "host-tests", "native", "mbedtls", "main.c")];
			const warnings = ["-std=gnu11", "-Wall", "-Wextra", "-Werror"];
			const flags = [...warnings, `-I${folder}`, `-I${source}`, "-o", program, "-lmbedcrypto"];
			const compiled = spawnSync("cc", [...files, ...flags], { encoding: "utf8" });
			assert.equal(`${compiled.stderr}${compiled.status}`, "0");
			const { stdout, status } = spawnSync(program, { encoding: "utf8" });
			assert.equal(stdout, `${ecdhTests.length} of ${ecdhTests.length}\n`);
			assert.equal(status, 0);
		} finally {
			rmSync(folder, { recursive: true });
		}
	}).timeout(60_000);
});
