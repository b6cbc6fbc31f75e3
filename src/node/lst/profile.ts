import { type Command, InvalidArgumentError, Option } from "commander";
import type { SuiteName } from "../../core/codec.js";
import { original } from "../../core/original/original.js";
import type { Profile, ProfileName } from "../../core/profile.js";
import { secureProfile } from "../../core/secure.js";
import { UsageError } from "./exit.js";

export interface ProfileOptions {
	profile?: ProfileName;
	roundsXtea?: number;
}

/** Adds `--profile` and `--rounds-xtea`. */
export function withProfile(command: Command): Command {
	return command
		.addOption(
			new Option(
				"--profile <name>",
				"original talks to the C++ library, without protection against attackers who can write",
			)
				.choices(["secure", "original"])
				.default("secure"),
		)
		.option("--rounds-xtea <n>", "XTEA rounds of the original profile, 1 to 128 (32)", wholeNumber(1, 128));
}

/** Parses an argument of commander's. */
export function wholeNumber(least: number, most: number): (text: string) => number {
	return (text) => {
		const value = Number(text);
		if (!/^-?\d+$/.test(text) || value < least || value > most)
			throw new InvalidArgumentError(`A whole number from ${least} to ${most}.`);
		return value;
	};
}

export const isLoopback = (host: string) => host === "localhost" || host === "::1" || host.startsWith("127.");

/** Adds `--suites`. */
export function withSuites(command: Command): Command {
	return command.option(
		"--suites <names>",
		"the suites to accept, separated by commas; a client asks for the first (psk-p256,psk)",
		(text) => text.split(",").filter((name) => name) as SuiteName[],
	);
}

const FLAGS = new Map([
	["keepAliveInterval", "keep-alive"],
	["inactivityTimeout", "timeout"],
	["handshakeTimeout", "handshake-timeout"],
	["maxMessage", "max-message"],
	["maxBundle", "max-bundle"],
	...["suites", "context", "advertise"].map((name): [string, string] => [name, name]),
]);

/** An error message of the library, with the command's flags in place of the library's options. */
export function inFlags(sentence: string): string {
	return sentence.replace(/`(\w+)`/g, (whole, name: string) => (FLAGS.has(name) ? `\`--${FLAGS.get(name)}\`` : whole));
}

/** @throws UsageError */
export function chooseProfile({ profile, roundsXtea }: ProfileOptions): Profile {
	if (profile === "original") return original({ rounds: roundsXtea });
	if (roundsXtea !== undefined) throw new UsageError("--rounds-xtea belongs to the original profile: see --profile");
	return secureProfile;
}
