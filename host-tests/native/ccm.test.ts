import assert from "node:assert/strict";
import { existsSync } from "node:fs";
import { join } from "node:path";
import { ccmTests } from "../helpers/vectors.js";
import { checkBudget } from "./chip-budgets.js";
import { octets, root, vectorsInC } from "./chips.js";
import { Emulator, underQemu } from "./emulate.js";

/** Instructions of a block of the SDK's AES on the chips; where it is installed, it is counted here as well. */
const SDK_BLOCK = { lx106: 2060, rv32: 1463 };
/** What sealing may cost at most, relative to its two AES blocks for each 16 octets. */
const MOST = 1.05;

const sdk = process.env.MODDABLE && join(process.env.MODDABLE, "modules", "crypt", "digest", "kcl", "fips197.c");
const sdkThere = sdk !== undefined && existsSync(sdk);

const FIELDS = `uint32_t nonceSize, additionalSize, size;
	int valid;
	const uint8_t *key, *nonce, *additional, *text, *sealed, *tag;`;
const vectors = vectorsInC(
	FIELDS,
	ccmTests.map(({ key, iv, aad, msg, ct, tag, result }) => [
		...[iv, aad, msg].map((hex) => hex.length / 2),
		Number(result === "valid"),
		...[key, iv, aad, msg, ct, tag].map(octets),
	]),
);

const native = join(root, "src", "native");
const ccm = [join(native, "lstcp_ccm.c"), join(native, "lstcp_wipe.c")];
const overSdk = join(native, "lstcp_aes.c");
/** The tests' own AES, in place of the SDK's. */
const aes = join(root, "host-tests", "native", "qemu", "aes.c");

underQemu("CCM", vectors, (chip, emulator) => {
	/** What the program reports, by name, over an AES. */
	function run(...aes: readonly string[]): Record<string, number> {
		const reported = emulator.run("ccm.c", [...ccm, ...aes]);
		const { "vectors passed": passed, "4096 instructions": _, ...times } = reported;
		const counted = Object.keys(times).map((name) => [name, Emulator.instructions(reported, name)]);
		return { passed, ...Object.fromEntries(counted) };
	}

	function check(counted: Record<string, number>, block: number): void {
		assert.equal(counted.passed, ccmTests.length);
		// What one more block costs, without its two AES blocks; the longer text has 128 blocks more.
		const beside = (counted["seal 4096"]! - counted["seal 2048"]!) / 128 - 2 * counted.block!;
		assert.ok(
			beside > 0 && 1 + beside / (2 * block) <= MOST,
			`${beside} instructions beside two AES blocks of ${block}`,
		);
	}

	it("passes Wycheproof's tests, and costs at most 5 % more than its AES blocks", () => {
		const counted = run(overSdk, aes);
		check(counted, SDK_BLOCK[chip.name]);
		const blocks = { 20: 7, 256: 35, 1024: 131, 4096: 515 };
		for (const [size, count] of Object.entries(blocks))
			checkBudget(
				chip,
				`instructions to seal ${size} octets, but for AES`,
				counted[`seal ${size}`]! - count * counted.block!,
			);
	});

	it(`passes the same over the SDK's AES${sdkThere ? "" : " (skipped: MODDABLE is not set)"}`, function () {
		if (!sdkThere) this.skip();
		emulator.write("xsPlatform.h", "#include <stdint.h>\n#define ICACHE_XS6RO_ATTR\n#define c_read8(at) (*(at))\n");
		const counted = run(overSdk, sdk, "-w");
		check(counted, counted.block!);
		console.log(`      ${chip.description}: ${JSON.stringify(counted)}`);
	});

	if (chip.name === "rv32")
		it("passes Wycheproof's tests over an ESP32's accelerator, by a test driver, and reports its failures", () => {
			const accelerated = join(root, "src", "esp-idf", "aes", "lstcp_esp_aes.c");
			const driver = join(root, "host-tests", "native", "qemu", "esp_aes.c");
			assert.equal(run(accelerated, driver, aes).passed, ccmTests.length);
			const { failures, told, content } = emulator.run("accelerator.c", [...ccm, accelerated, driver, aes]);
			assert.ok(failures! > 50);
			assert.equal(told, failures, "a failure of any block is reported");
			assert.equal(content, 1);
		});
});
