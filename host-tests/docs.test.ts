import assert from "node:assert/strict";
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { dirname, join, resolve } from "node:path";
import { fileURLToPath } from "node:url";

const root = fileURLToPath(new URL("../../", import.meta.url));
const read = (name: string) => readFileSync(join(root, name), "utf8");
const filesIn = (folder: string, ending: RegExp) =>
	readdirSync(join(root, folder), { recursive: true, encoding: "utf8" })
		.filter((name) => ending.test(name))
		.map((name) => join(folder, name));

const sources = filesIn("src", /\.(ts|c|h)$/);
const pages = ["README.md", "SECURITY.md", "CHANGELOG.md", "boards/README.md", ...filesIn("docs", /\.md$/)];

describe("documents", () => {
	it("docs/protocol.md has each section that a source names", () => {
		const protocol = read("docs/protocol.md");
		let found = 0;
		for (const file of sources) {
			const text = read(file).replace(/\n\s*(\*|\/\/) /g, " ");
			for (const [, section, part] of text.matchAll(/protocol\.md`, "([^"]+)"(?:, ([A-Z][a-z ]+))?/g)) {
				found++;
				assert.match(protocol, new RegExp(`^#+ ${section}$`, "m"), file);
				if (part) assert.ok(protocol.includes(`**${part.trim()}`), `${file}: ${part}`);
			}
		}
		assert.ok(found > 20, `${found} found`);
	});

	it("docs/api.md lists every error code of the sources", () => {
		const api = read("docs/api.md");
		const codes = new Set(sources.flatMap((file) => read(file).match(/"LST_[A-Z_]+"/g) ?? []));
		assert.ok(codes.size > 12, `${codes.size} found`);
		for (const code of codes) if (code !== '"LST_KEY"') assert.ok(api.includes(`\`${code.slice(1, -1)}\``), code);
	});

	for (const page of pages)
		it(`${page} links to files and headings that exist`, () => {
			const links = [...read(page).matchAll(/\]\((?!https?:)([^)#]*)(?:#([^)]+))?\)/g)];
			for (const [link, path, heading] of links) {
				const target = path ? resolve(root, dirname(page), path) : join(root, page);
				assert.ok(existsSync(target), link);
				if (!heading) continue;
				const headings = readFileSync(target, "utf8").match(/^#+ .*$/gm) ?? [];
				const anchors = headings.map((line) =>
					line
						.replace(/^#+ /, "")
						.toLowerCase()
						.replace(/[^\w\- ]/g, "")
						.replaceAll(" ", "-"),
				);
				assert.ok(anchors.includes(heading), link);
			}
		});

	it("docs/threat-model.md names tests that exist", () => {
		let found = 0;
		for (const [, file, title] of read("docs/threat-model.md").matchAll(
			/`(host-tests\/[\w/.-]+\.ts)`(?:, "([^"]+)")?/g,
		)) {
			found++;
			assert.ok(existsSync(join(root, file!)), file);
			if (title) assert.ok(read(file!).includes(title), `${file}: ${title}`);
		}
		assert.ok(found > 10, `${found} found`);
	});
});
