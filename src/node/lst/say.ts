import { styleText } from "node:util";

type Style = Parameters<typeof styleText>[0];

/** A line on standard error. */
export function say(line: string): void {
	process.stderr.write(`${line}\n`);
}

/** `text` in a style, if standard output is a terminal that can show it. */
export function styled(style: Style, text: string): string {
	return process.stdout.isTTY && process.stdout.hasColors() && !process.env.NO_COLOR ? styleText(style, text) : text;
}

/** Text from a peer, made safe for a terminal: control characters are shown as `\xNN`. */
export function printable(text: string): string {
	// biome-ignore lint/suspicious/noControlCharactersInRegex: replacing them is the purpose
	return text.replace(/[\x00-\x08\x0b-\x1f\x7f-\x9f]/g, (c) => `\\x${c.charCodeAt(0).toString(16).padStart(2, "0")}`);
}
