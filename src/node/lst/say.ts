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

/** Text from a peer, made safe for a line of a terminal: characters that control it or the direction of writing are shown as `\xNN`. */
export function printable(text: string): string {
	return text.replace(
		/(?!\t)[\p{Cc}\p{Bidi_Control}\u2028\u2029]/gu,
		(c) => `\\x${c.charCodeAt(0).toString(16).padStart(2, "0")}`,
	);
}
