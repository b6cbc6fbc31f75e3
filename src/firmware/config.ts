import config from "mc/config";

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
	return {
		role: oneOf("role", "server", "client"),
		host: text("host") ?? "",
		port: Number(given.port ?? 7000),
		key: text("key"),
		context: text("context") ?? "",
		application: oneOf("application", "life", "fizzbuzz"),
		interval: Number(given.interval ?? 2000),
		rounds: Number(given.rounds ?? 0),
		roundsXtea: Number(given.roundsXtea ?? 32),
		networkName: text("networkName"),
		networkPassword: text("networkPassword"),
		name: text("name"),
	};
}
