import { readFileSync, writeFileSync } from "node:fs";

const file = new URL("../../docs/performance.md", import.meta.url);

/** Replaces a measured table in `docs/performance.md`, in which no figure is typed by hand. */
export function updateTable(name: string, table: string): void {
	const text = readFileSync(file, "utf8");
	const [begin, end] = [`<!-- measured: ${name} -->\n`, "<!-- end -->"];
	const from = text.indexOf(begin);
	if (from < 0) throw new Error(`docs/performance.md has no place for the table of ${name}`);
	const to = text.indexOf(end, from);
	writeFileSync(file, `${text.slice(0, from + begin.length)}\n${table}\n\n${text.slice(to)}`);
}
