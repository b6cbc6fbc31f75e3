import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { existsSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { ccmTests } from "../helpers/vectors.js";
import { checkBudget } from "./chip-budgets.js";
import { chips, compile, present, root } from "./chips.js";

const here = join(root, "host-tests", "native", "qemu");

/** Instructions of a block of the SDK's AES on the chips; where it is installed, it is counted here as well. */
const SDK_BLOCK = { lx106: 2060, rv32: 1463 };
/** What sealing may cost beside its two AES blocks for each 16 octets. */
const MOST = 1.05;

const sdk = process.env.MODDABLE && join(process.env.MODDABLE, "modules", "crypt", "digest", "kcl", "fips197.c");
const sdkThere = sdk !== undefined && existsSync(sdk);

const octets = (hex: string) =>
	`(const uint8_t[]){ ${
		hex
			.match(/../g)
			?.map((pair) => `0x${pair}`)
			.join(", ") || "0"
	} }`;

/** Wycheproof's tests as C. */
function vectors(): string {
	const rows = ccmTests.map((test) => {
		const sizes = [test.iv, test.aad, test.msg].map((hex) => hex.length / 2).join(", ");
		const fields = [test.key, test.iv, test.aad, test.msg, test.ct, test.tag].map(octets).join(", ");
		return `\t{ ${sizes}, ${test.result === "valid" ? 1 : 0}, ${fields} },`;
	});
	return `typedef struct {
	uint32_t nonceSize, additionalSize, size;
	int valid;
	const uint8_t *key, *nonce, *additional, *text, *sealed, *tag;
} Vector;

#define VECTORS ${rows.length}
static const Vector vectors[VECTORS] = {
${rows.join("\n")}
};
`;
}

for (const chip of chips) {
	const [qemu, ...machine] = chip.qemu as [string, ...string[]];
	const missing = [`${chip.prefix}-gcc`, qemu].find((command) => !present(command));
	describe(`CCM on ${chip.description} under QEMU${missing ? ` (skipped: there is no ${missing})` : ""}`, function () {
		this.timeout(60_000);
		const folder = mkdtempSync(join(tmpdir(), "lst-qemu-"));

		before(function () {
			if (missing) this.skip();
			writeFileSync(join(folder, "vectors.h"), vectors());
		});
		after(() => rmSync(folder, { recursive: true }));

		/** What the program reports, by name, with an AES of the tests or of the SDK. */
		function run(aes: readonly string[]): Record<string, number> {
			const program = join(folder, "program.elf");
			const sources = ["main.c", "runtime.c", `${chip.name}.c`].map((name) => join(here, name));
			const link = [
				"-nostdlib",
				"-Wl,--no-warn-rwx-segments",
				"-T",
				join(here, `${chip.name}.ld`),
				"-fno-tree-loop-distribute-patterns",
			];
			const include = [`-I${folder}`, `-I${join(root, "src", "native")}`];
			const said = compile(
				chip,
				[...sources, join(root, "src", "native", "lstcp_ccm.c"), ...aes],
				[...link, ...include, "-o", program],
			);
			assert.equal(said, "");
			const args = [...machine, "-kernel", program, "-nographic", "-monitor", "none", "-serial", "stdio"];
			const { stdout, stderr, status } = spawnSync(qemu, args, { encoding: "utf8", timeout: 50_000 });
			assert.equal(status, 0, `${stdout}${stderr}`);
			const lines = [...stdout.matchAll(/^(.+)=([0-9a-f]+)\r?$/gm)];
			const {
				"vectors passed": passed,
				"4096 instructions": page,
				...times
			} = Object.fromEntries(lines.map(([, name, hex]) => [name!, Number.parseInt(hex!, 16)]));
			const counted = Object.entries(times).map(([name, time]) => [name, Math.round((time * 4096) / page!)]);
			return { passed, ...Object.fromEntries(counted) };
		}

		function check(counted: Record<string, number>, block: number): void {
			assert.equal(counted.passed, ccmTests.length);
			// What a further block costs, without its two of AES; twice as long a text has 128 more.
			const beside = (counted["seal 4096"]! - counted["seal 2048"]!) / 128 - 2 * counted.block!;
			assert.ok(
				beside > 0 && 1 + beside / (2 * block) <= MOST,
				`${beside} instructions beside two AES blocks of ${block}`,
			);
		}

		it("passes Wycheproof's tests, and adds less than a twentieth to its AES", () => {
			const counted = run([join(here, "aes.c")]);
			check(counted, SDK_BLOCK[chip.name]);
			const blocks = { 20: 7, 256: 35, 1024: 131, 4096: 515 };
			for (const [size, count] of Object.entries(blocks))
				checkBudget(
					chip,
					`instructions to seal ${size} octets, but for AES`,
					counted[`seal ${size}`]! - count * counted.block!,
				);
		});

		it(`the same over the SDK's AES${sdkThere ? "" : " (skipped: MODDABLE is not set)"}`, function () {
			if (!sdkThere) this.skip();
			const platform = join(folder, "xsPlatform.h");
			writeFileSync(platform, "#include <stdint.h>\n#define ICACHE_XS6RO_ATTR\n#define c_read8(at) (*(at))\n");
			const counted = run([sdk, "-w"]);
			check(counted, counted.block!);
			console.log(`      ${chip.description}: ${JSON.stringify(counted)}`);
		});
	});
}
