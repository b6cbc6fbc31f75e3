import { type Command, InvalidArgumentError, Option } from "commander";
import { original } from "../../core/original/original.js";
import type { Profile, ProfileName } from "../../core/profile.js";
import { secureProfile } from "../../core/secure.js";

export interface ProfileOptions {
	profile?: ProfileName;
	roundsXtea?: number;
}

/** Adds `--profile` and `--rounds-xtea`. */
export function withProfile(command: Command): Command {
	return command
		.addOption(
			new Option("--profile <name>", "original talks to the C++ library, and protects against nobody who can write")
				.choices(["secure", "original"])
				.default("secure"),
		)
		.option("--rounds-xtea <n>", "XTEA's rounds in the original profile, 1 to 128 (32)", (text) => {
			const rounds = Number(text);
			if (!/^\d+$/.test(text) || rounds < 1 || rounds > 128)
				throw new InvalidArgumentError("A whole number from 1 to 128.");
			return rounds;
		});
}

export function chooseProfile({ profile, roundsXtea }: ProfileOptions): Profile {
	return profile === "original" ? original({ rounds: roundsXtea }) : secureProfile;
}
