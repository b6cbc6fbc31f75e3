import type { Readable } from "node:stream";

const NEWLINE = 0x0a;
const RETURN = 0x0d;

/** How long a message can be, in octets. */
export interface Lengths {
	readonly shortestMessage: number;
	readonly longestMessage: number;
}

/** A line of standard input that is too long or too short for a message. */
export class Unsendable extends Error {}

/** The lines of a stream without their ends, with an `Unsendable` in place of each that no message can carry. */
export async function* lines(stream: Readable, lengths: Lengths): AsyncGenerator<Uint8Array | Unsendable> {
	const longest = lengths.longestMessage;
	let rest = new Uint8Array(0);
	let tooLong = false;
	for await (const chunk of stream as AsyncIterable<Buffer>) {
		let begin = 0;
		for (let end: number; (end = chunk.indexOf(NEWLINE, begin)) >= 0; begin = end + 1) {
			yield finish(Buffer.concat([rest, chunk.subarray(begin, end)]), tooLong, lengths);
			rest = new Uint8Array(0);
			tooLong = false;
		}
		rest = Buffer.concat([rest, chunk.subarray(begin)]);
		if (rest.length > longest + 1) {
			tooLong = true;
			rest = new Uint8Array(0);
		}
	}
	if (rest.length || tooLong) yield finish(rest, tooLong, lengths);
}

/** The octets of a stream, in pieces that a message can carry. */
export async function* chunks(stream: Readable, { longestMessage: longest }: Lengths): AsyncGenerator<Uint8Array> {
	for await (const chunk of stream as AsyncIterable<Buffer>)
		for (let begin = 0; begin < chunk.length; begin += longest) yield chunk.subarray(begin, begin + longest);
}

function finish(line: Uint8Array, tooLong: boolean, lengths: Lengths): Uint8Array | Unsendable {
	const { shortestMessage, longestMessage } = lengths;
	const text = line.at(-1) === RETURN ? line.subarray(0, -1) : line;
	if (tooLong || text.length > longestMessage)
		return new Unsendable(`a line of the input is longer than the ${longestMessage} octets that a message can have`);
	if (text.length < shortestMessage)
		return new Unsendable("a line of the input is empty, which no message can be here");
	return text;
}
