// npm run bench [-- --json | --update]: this project and its alternatives, over loopback, in one run. Medians of rounds in which all take
// turns, and their spread. --update writes the tables into docs/performance.md.
import { cpus } from "node:os";
import { contenders } from "./contenders.js";
import { type Measure, measures } from "./measures.js";
import { updateTable } from "./table.js";
import { beside } from "./targets.js";

const ROUNDS = 3;

interface Figure {
	readonly median: number;
	/** Half the distance between the lowest and the highest round, as a fraction of the median. */
	readonly spread: number;
}

async function measureAll(measure: Measure): Promise<Figure[]> {
	const values = contenders.map(() => [] as number[]);
	for (let round = 0; round < ROUNDS; round++)
		for (const [index, contender] of contenders.entries()) values[index]!.push(await measure(contender));
	return values.map((rounds) => {
		rounds.sort((a, b) => a - b);
		const median = rounds[ROUNDS >> 1]!;
		return { median, spread: (rounds.at(-1)! - rounds[0]!) / 2 / Math.abs(median || 1) };
	});
}

const results: Record<string, Figure[]> = {};
for (const [name, measure] of Object.entries(measures)) {
	results[name] = await measureAll(measure);
	process.stderr.write(`${name}\n`);
}

const shown = (value: number) => value.toLocaleString("en", { maximumFractionDigits: value < 10 ? 2 : 0 });
/** What a number of messages per second comes to, if `name` says their size. */
function megabytes(name: string, perSecond: number): string {
	const size = /^(?:echoes|messages) of ([\d,]+) octets/.exec(name)?.[1];
	return size ? `, ${shown((perSecond * Number(size.replaceAll(",", ""))) / 1e6)} MB/s` : "";
}
const cell = (name: string, { median, spread }: Figure) =>
	`${shown(median)} ± ${Math.round(spread * 100)} %${megabytes(name, median)}`;
const rows = Object.entries(results).map(
	([name, figures]) => `| ${[name, ...figures.map((figure) => cell(name, figure))].join(" | ")} |`,
);
const table = [
	`Node.js ${process.version}, ${cpus().length} × ${cpus()[0]?.model}, medians of ${ROUNDS} rounds:`,
	"",
	`| | ${contenders.map(({ name }) => name).join(" | ")} |`,
	`|---|${contenders.map(() => "---:|").join("")}`,
	...rows,
].join("\n");
if (process.argv.includes("--json")) {
	const named = Object.fromEntries(
		Object.entries(results).map(([name, figures]) => [
			name,
			Object.fromEntries(figures.map((figure, index) => [contenders[index]!.name, figure])),
		]),
	);
	console.log(JSON.stringify({ node: process.version, results: named }, null, "\t"));
} else console.log(`${table}\n\n${beside(results)}`);
if (process.argv.includes("--update")) {
	updateTable("node", table);
	updateTable("beside TLS 1.3", beside(results));
}
process.exit(0);
