import { messageOf } from "../core/errors.js";
import { toHex } from "../core/octets.js";

/** A check, which throws if it fails. */
export interface Check {
	readonly name: string;
	run(): void | Promise<void>;
}

function shown(value: unknown): string {
	return value instanceof Uint8Array ? toHex(value) : String(value);
}

/** @throws Error if the two differ; arrays of octets are compared by content */
export function equal(actual: unknown, expected: unknown, what: string): void {
	if (shown(actual) !== shown(expected)) throw new Error(`${what}: ${shown(actual)} instead of ${shown(expected)}`);
}

/** @throws Error if `condition` does not hold */
export function ok(condition: unknown, what: string): asserts condition {
	if (!condition) throw new Error(what);
}

/** Runs all checks, reports each outcome to `tell`, and resolves with the number that failed. */
export async function runChecks(checks: readonly Check[], tell: (line: string) => void): Promise<number> {
	let failed = 0;
	for (const { name, run } of checks) {
		try {
			await run();
			tell(`ok   ${name}`);
		} catch (error) {
			failed++;
			tell(`FAIL ${name}: ${messageOf(error)}`);
		}
	}
	return failed;
}
