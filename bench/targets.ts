// Targets relative to TLS 1.3 in the same run, and what was reached, as fractions of its figures.
import { contenders } from "./contenders.js";

const TARGETS: readonly (readonly [measure: RegExp, bound: "at least" | "at most", part: number])[] = [
	[/^connections with one echo/, "at least", 3],
	[/^(echoes|messages) of (20|1,024) octets/, "at least", 1],
	[/ of 65,535 octets.* one process$/, "at least", 0.35],
	[/ of 65,535 octets.* two processes$/, "at least", 0.5],
	[/^resident octets/, "at most", 0.25],
];

const own = contenders.flatMap(({ name }, index) => (name.startsWith("LightweightSecureTCP") ? [index] : []));
const reference = contenders.findIndex(({ name }) => name.startsWith("TLS 1.3"));

/** @param results the medians of each contender, by what was measured */
export function beside(results: Readonly<Record<string, readonly { readonly median: number }[]>>): string {
	const rows = Object.entries(results).flatMap(([name, figures]) =>
		TARGETS.filter(([measure]) => measure.test(name)).map(([, bound, part]) => {
			const parts = own.map((index) => {
				const is = figures[index]!.median / figures[reference]!.median;
				const reached = bound === "at least" ? is >= part : is <= part;
				return reached ? `**${is.toFixed(2)}**` : is.toFixed(2);
			});
			return `| ${[name, `${bound} ${part}`, ...parts].join(" | ")} |`;
		}),
	);
	const names = own.map((index) => contenders[index]!.name.replace("LightweightSecureTCP, ", ""));
	return [
		`| relative to ${contenders[reference]!.name} | target | ${names.join(" | ")} |`,
		`|---|---|${own.map(() => "---:|").join("")}`,
		...rows,
	].join("\n");
}
