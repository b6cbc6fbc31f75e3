import type { Readable } from "node:stream";

/** The longest message, in octets. `protocol.md`, "Records". */
export const LONGEST = 0xffff;

const NEWLINE = 0x0a;
const RETURN = 0x0d;

/** A line of standard input that no message can carry. */
export class LineTooLong extends Error {
	constructor() {
		super(`a line of the input is longer than the ${LONGEST} octets that a message can have`);
	}
}

/** The lines of a stream without their ends; where one is too long a `LineTooLong` stands in its place. */
export async function* lines(stream: Readable): AsyncGenerator<Uint8Array | LineTooLong> {
	let rest = new Uint8Array(0);
	let tooLong = false;
	for await (const chunk of stream as AsyncIterable<Buffer>) {
		let begin = 0;
		for (let end: number; (end = chunk.indexOf(NEWLINE, begin)) >= 0; begin = end + 1) {
			yield finish(Buffer.concat([rest, chunk.subarray(begin, end)]), tooLong);
			rest = new Uint8Array(0);
			tooLong = false;
		}
		rest = Buffer.concat([rest, chunk.subarray(begin)]);
		if (rest.length > LONGEST + 1) {
			tooLong = true;
			rest = new Uint8Array(0);
		}
	}
	if (rest.length || tooLong) yield finish(rest, tooLong);
}

/** Whatever a stream hands out, in pieces that a message can carry. */
export async function* chunks(stream: Readable): AsyncGenerator<Uint8Array> {
	for await (const chunk of stream as AsyncIterable<Buffer>)
		for (let begin = 0; begin < chunk.length; begin += LONGEST) yield chunk.subarray(begin, begin + LONGEST);
}

function finish(line: Uint8Array, tooLong: boolean): Uint8Array | LineTooLong {
	const text = line.at(-1) === RETURN ? line.subarray(0, -1) : line;
	return tooLong || text.length > LONGEST ? new LineTooLong() : text;
}
