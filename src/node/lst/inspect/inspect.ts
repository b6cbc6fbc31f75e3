import { Exit, UsageError } from "../exit.js";
import { findKey } from "../key.js";
import { chooseProfile, type ProfileOptions } from "../profile.js";
import { explain } from "./explain.js";
import { readCapture } from "./source.js";

export interface InspectOptions extends ProfileOptions {
	keyFile?: string;
	context?: string;
	connection: number;
}

/** Explains a capture on standard output. Resolves with the exit code: 4 if something in it is wrong. */
export async function inspect(file: string, options: InspectOptions): Promise<number> {
	const { keyFile, context = "", connection } = options;
	const profile = chooseProfile(options);
	if (context && !profile.mutual) throw new UsageError("the original profile has no context");
	const key = (await findKey(keyFile))?.key;
	const { pieces, gap } = await readCapture(file, connection);
	const { lines, right } = explain(pieces, profile, key, Buffer.from(context));
	if (gap) lines.push("octets are missing from the capture: what its sender sent behind them is not shown");
	process.stdout.write(`${lines.join("\n")}\n`);
	return right && !gap ? Exit.done : Exit.sessionError;
}
