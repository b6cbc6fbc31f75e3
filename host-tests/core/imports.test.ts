import assert from "node:assert/strict";
import { readdirSync, readFileSync } from "node:fs";
import { dirname, relative, resolve, sep } from "node:path";
import { fileURLToPath } from "node:url";

const src = fileURLToPath(new URL("../../../src/", import.meta.url));

const files = readdirSync(src, { recursive: true, encoding: "utf8" }).filter((name) => name.endsWith(".ts"));

/** What a file of src imports: folders of src, or modules by name. */
function imports(file: string): string[] {
	const source = readFileSync(resolve(src, file), "utf8");
	const specifiers = [...source.matchAll(/(?:from|import)\s*\(?\s*"([^"]+)"/g)].map((match) => match[1]!);
	return specifiers.map((name) =>
		name.startsWith(".") ? relative(src, resolve(src, dirname(file), name)) : `module ${name}`,
	);
}

describe("import rules", () => {
	it("the check finds source files and their imports", () => {
		assert.ok(files.includes(`core${sep}connection.ts`));
		assert.ok(imports(`node${sep}client.ts`).includes("module node:net"));
	});

	for (const file of files.filter((name) => name.startsWith(`core${sep}`)))
		it(`${file} imports only core and uses no global of a platform`, () => {
			for (const name of imports(file)) assert.ok(name.startsWith(`core${sep}`), name);
			const code = readFileSync(resolve(src, file), "utf8").replace(/\/\*[\s\S]*?\*\/|\/\/.*/g, "");
			const globals = code.match(
				/\b(Buffer|process|globalThis|setTimeout|setInterval|Date|performance|console|Math\.random)\b/g,
			);
			assert.equal(globals, null);
			// BigInt allocates, which a device must not do for each message.
			if (!file.startsWith(`core${sep}p256`)) assert.doesNotMatch(code, /\bBigInt\b/);
		});

	it("only src/node imports src/node or modules of Node.js", () => {
		for (const file of files.filter((name) => !name.startsWith(`node${sep}`)))
			for (const name of imports(file))
				assert.ok(!name.startsWith(`node${sep}`) && !name.startsWith("module node:"), `${file}: ${name}`);
	});
});
