import { readFileSync, writeFileSync } from "node:fs";
import { Key, LightweightSecureClient, type Session } from "../src/node/index.js";
import { XsFirmware } from "./host.js";

const file = new URL("../../bench/budgets.json", import.meta.url);
/** The factor by which something may exceed its budget. */
const TOLERANCE = 0.02;
const SESSIONS = 10;

/** What things cost on the XS engine from npm: computrons and slots, which do not vary from run to run. */
export interface Budgets {
	/** Computrons. The host's AES, SHA-256 and random octets are not counted, only the calls. */
	readonly computrons: Record<string, number>;
	/** Slots of XS, of 16 octets each on a 32-bit chip. */
	readonly slots: Record<string, number>;
}

export async function measureBudgets(binary: string): Promise<Budgets> {
	let traced = "";
	let heard: (() => void) | undefined;
	const firmware = new XsFirmware({
		binary,
		main: "bench",
		onTrace(text) {
			traced = text;
			heard?.();
		},
	});
	const told = async () => {
		while (!traced) await Promise.race([firmware.finished, new Promise<void>((resolve) => (heard = resolve))]);
		const text = traced;
		traced = "";
		return text;
	};
	const collected = async () => {
		await firmware.bench("collect");
		return (await firmware.bench("collect")).currentHeapCount;
	};
	try {
		const computrons: Record<string, number> = {};
		const slots: Record<string, number> = {};
		for (const measure of JSON.parse(await told()) as string[]) {
			await firmware.bench("prepare", measure);
			// The first creates what is created on first use.
			const run = async (times: number) => (await firmware.bench("run", { measure, times })).compute;
			const first = await run(2);
			computrons[measure] = Math.round(((await run(6)) - first) / 4);
			if (!measure.startsWith("handshake")) continue;
			const before = await collected();
			slots[`allocated in a ${measure}`] =
				(await firmware.bench("run", { measure, times: 1 })).currentHeapCount - before;
		}
		await firmware.bench("serve");
		const port = Number(await told());
		const empty = await collected();
		const key = new Key(new Uint8Array(32).fill(7));
		const sessions: Session[] = [];
		const open = async () => {
			const session = await new LightweightSecureClient({ key, host: "127.0.0.1", port, suites: ["psk"] }).connect();
			session.send(new Uint8Array(20));
			for await (const _ of session) break;
			sessions.push(session);
			return collected();
		};
		const one = await open();
		let all = one;
		while (sessions.length < SESSIONS) all = await open();
		slots["an idle session of a server"] = Math.round((all - one) / (SESSIONS - 1));
		slots[`a server with ${SESSIONS} idle sessions, beside an empty one`] = all - empty;
		for (const session of sessions) session.abort();
		return { computrons, slots };
	} finally {
		firmware.close();
	}
}

export const readBudgets = (): Budgets => JSON.parse(readFileSync(file, "utf8"));
export const writeBudgets = (budgets: Budgets) => writeFileSync(file, `${JSON.stringify(budgets, null, "\t")}\n`);

/** A line for each cost that exceeds its budget, or has none. */
export function exceeded(measured: Budgets, budgets: Budgets): string[] {
	const lines: string[] = [];
	for (const unit of ["computrons", "slots"] as const)
		for (const [name, value] of Object.entries(measured[unit])) {
			const budget = budgets[unit][name];
			if (budget === undefined || value > budget * (1 + TOLERANCE))
				lines.push(`${name}: ${value} ${unit} where ${budget ?? "none"} are budgeted`);
		}
	return lines;
}
