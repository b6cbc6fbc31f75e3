import { readFileSync, writeFileSync } from "node:fs";

const file = new URL("../../docs/performance.md", import.meta.url);

/** Puts a measured table in place of the last one: `docs/performance.md` has no figure that was typed. */
export function updateTable(name: string, table: string): void {
	const text = readFileSync(file, "utf8");
	const [begin, end] = [`<!-- measured: ${name} -->\n`, "<!-- end -->"];
	const from = text.indexOf(begin);
	if (from < 0) throw new Error(`docs/performance.md has no place for the table of ${name}`);
	const to = text.indexOf(end, from);
	writeFileSync(file, `${text.slice(0, from + begin.length)}\n${table}\n\n${text.slice(to)}`);
}
