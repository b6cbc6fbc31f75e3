import assert from "node:assert/strict";
import { mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { basename, join } from "node:path";
import { checkBudget } from "./chip-budgets.js";
import { chips, codeSize, compile, forEsp32, present, root } from "./chips.js";

/** Octets that all of the project's own C may take. */
const MOST = 6 * 1024;

const folder = join(root, "src", "native");
const files = readdirSync(folder).filter((name) => name.endsWith(".c"));

it("package.json lists each of the project's C files for mcpack", () => {
	const { moddable } = JSON.parse(readFileSync(join(root, "package.json"), "utf8"));
	const { "*": sdk, ...own } = moddable.manifest.modules;
	assert.deepEqual(sdk, JSON.parse(readFileSync(join(root, "src", "manifest.json"), "utf8")).modules["*"]);
	assert.deepEqual(
		Object.values(own),
		files.map((name) => `./src/native/${name}`),
	);
});

for (const chip of chips) {
	const there = present(`${chip.prefix}-gcc`);
	describe(`the project's C for ${chip.description}${there ? "" : ` (skipped: there is no ${chip.prefix}-gcc)`}`, () => {
		const objects = mkdtempSync(join(tmpdir(), "lst-cross-"));
		let octets = 0;

		before(function () {
			if (!there) this.skip();
		});
		after(() => rmSync(objects, { recursive: true }));

		for (const name of files)
			it(`${name} compiles without warnings and within its size budget`, () => {
				const object = join(objects, `${name}.o`);
				assert.equal(compile(chip, [join(folder, name)], ["-c", "-o", object]), "");
				const size = codeSize(chip, object);
				octets += size;
				checkBudget(chip, `octets of ${name}`, size);
			});

		if (chip.name === "rv32")
			for (const source of forEsp32)
				it(`${basename(source)}, for the ESP32 alone, compiles without warnings and within its size budget`, () => {
					const object = join(objects, "esp32.o");
					assert.equal(compile(chip, [source], ["-c", "-o", object]), "");
					checkBudget(chip, `octets of ${basename(source)}`, codeSize(chip, object));
				});

		it(`all files together take less than ${MOST} octets`, () => assert.ok(octets > 0 && octets < MOST, `${octets}`));
	});
}
