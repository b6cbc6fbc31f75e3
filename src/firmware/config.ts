import config from "mc/config";
import type { SuiteName } from "../moddable/index.js";

/** The "config" of a board's manifest; `boards/README.md` has the table. Times are in milliseconds. */
export interface FirmwareConfig {
	readonly role: "server" | "client";
	/** For a client: the server's address, its host name, or the `NAME.local` that it announces; empty: any server with the same key. */
	readonly host: string;
	readonly port: number;
	/** 64 hex digits, compiled into flash; a key in NVS takes precedence. */
	readonly key: string | undefined;
	readonly context: string;
	/** The conversation: signs of life, or the FizzBuzz of the demo. */
	readonly application: "life" | "fizzbuzz";
	/** The time between a client's signs of life. */
	readonly interval: number;
	/** The number of questions in FizzBuzz, after which a client closes and stops; 0: no end. */
	readonly rounds: number;
	/** XTEA rounds, 1 to 128, in firmware with the `original` profile. */
	readonly roundsXtea: number;
	/** The suites that the board accepts; a client asks for the first. Default: the library's. */
	readonly suites: readonly SuiteName[] | undefined;
	/** The library's options with these names. Default: the library's, for a device. */
	readonly limits: {
		readonly maxSessions: number | undefined;
		readonly maxMessage: number | undefined;
		readonly maxQueued: number | undefined;
	};
	/** How long a client waits for TCP to connect. */
	readonly connectTimeout: number;
	/** The bounds of a client's delay before it reconnects. */
	readonly minDelay: number;
	readonly maxDelay: number;
	/** Whether a peer that holds the key may hand over the next one. */
	readonly acceptNextKey: boolean;
	readonly networkName: string | undefined;
	readonly networkPassword: string | undefined;
	/** The name under which a server announces itself by DNS-SD, as `NAME.local`. */
	readonly name: string | undefined;
}

/** @throws Error that names what is wrong in the board's manifest */
export function readConfig(given: Readonly<Record<string, unknown>> = config): FirmwareConfig {
	const text = (name: string) => (given[name] === undefined ? undefined : String(given[name]));
	const oneOf = <T extends string>(name: string, ...values: T[]): T => {
		const value = given[name] ?? values[0];
		const found = values.find((one) => one === value);
		if (!found) throw new Error(`config "${name}" is ${values.join(" or ")}, not ${String(value)}`);
		return found;
	};
	const number = (name: string, otherwise: number, least: number, most: number) => {
		const value = Number(given[name] ?? otherwise);
		if (!Number.isInteger(value) || value < least || value > most)
			throw new Error(`config "${name}" is a whole number from ${least} to ${most}, not ${String(given[name])}`);
		return value;
	};
	const limit = (name: string) => (given[name] === undefined ? undefined : number(name, 0, 1, 0x7fffffff));
	return {
		role: oneOf("role", "server", "client"),
		host: text("host") ?? "",
		port: number("port", 7000, 0, 0xffff),
		key: text("key"),
		context: text("context") ?? "",
		application: oneOf("application", "life", "fizzbuzz"),
		interval: number("interval", 2000, 1, 0x7fffffff),
		rounds: number("rounds", 0, 0, 1_000_000),
		suites: text("suites")
			?.split(",")
			.filter((name) => name) as SuiteName[] | undefined,
		roundsXtea: number("roundsXtea", 32, 1, 128),
		limits: { maxSessions: limit("maxSessions"), maxMessage: limit("maxMessage"), maxQueued: limit("maxQueued") },
		connectTimeout: number("connectTimeout", 10_000, 1, 0x7fffffff),
		minDelay: number("minDelay", 1_000, 1, 0x7fffffff),
		maxDelay: number("maxDelay", 60_000, 1, 0x7fffffff),
		acceptNextKey: given.acceptNextKey === true || given.acceptNextKey === "true",
		networkName: text("networkName"),
		networkPassword: text("networkPassword"),
		name: text("name"),
	};
}
