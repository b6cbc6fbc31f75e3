import config from "mc/config";
import type { SuiteName } from "../moddable/index.js";

/** What a board's manifest sets under "config"; `boards/README.md` has the table. Times are in milliseconds. */
export interface FirmwareConfig {
	readonly role: "server" | "client";
	/** For a client: the server's address, its host name, or the `NAME.local` that it announces; empty: any with the same key. */
	readonly host: string;
	readonly port: number;
	/** 64 hex digits, compiled into flash; a key in NVS wins over it. */
	readonly key: string | undefined;
	readonly context: string;
	/** What is talked about: signs of life, or the FizzBuzz of the demo. */
	readonly application: "life" | "fizzbuzz";
	/** How often a client gives a sign of life. */
	readonly interval: number;
	/** Questions of a FizzBuzz, after which a client closes and stops; 0 goes on for ever. */
	readonly rounds: number;
	/** XTEA's rounds, 1 to 128, in a firmware that was built with the `original` profile. */
	readonly roundsXtea: number;
	/** The suites that the board accepts, with commas between them; a client asks for the first. The library's own unless set. */
	readonly suites: readonly SuiteName[] | undefined;
	/** The library's options of these names; its own defaults for a device unless set. */
	readonly limits: {
		readonly maxSessions: number | undefined;
		readonly maxMessage: number | undefined;
		readonly maxQueued: number | undefined;
	};
	/** The bounds of what a client waits before it connects again. */
	readonly minDelay: number;
	readonly maxDelay: number;
	/** Whether a peer with the key may hand over the next one. */
	readonly acceptNextKey: boolean;
	readonly networkName: string | undefined;
	readonly networkPassword: string | undefined;
	/** A server announces itself as `NAME.local` by DNS-SD; not unless set. */
	readonly name: string | undefined;
}

/** @throws Error that names what a board's manifest has wrong */
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
		minDelay: number("minDelay", 1_000, 1, 0x7fffffff),
		maxDelay: number("maxDelay", 60_000, 1, 0x7fffffff),
		acceptNextKey: given.acceptNextKey === true || given.acceptNextKey === "true",
		networkName: text("networkName"),
		networkPassword: text("networkPassword"),
		name: text("name"),
	};
}
