import { readFile } from "node:fs/promises";
import { fromHex } from "../../../core/octets.js";
import { UsageError } from "../exit.js";
import { say } from "../say.js";
import { isPcap, readPcap } from "./pcap.js";

/** Octets that one side sent, in the order in which they travelled. */
export interface Piece {
	readonly fromClient: boolean;
	readonly octets: Uint8Array;
}

export interface Captured {
	readonly pieces: readonly Piece[];
	/** Whether octets are missing in the capture, so that later ones could not be read. */
	readonly gap: boolean;
}

/**
 * The pieces of one captured connection.
 * @param file a name, or `-` for standard input
 * @param number which connection, from 1, if a pcap has several
 * @throws UsageError
 */
export async function readCapture(file: string, number: number): Promise<Captured> {
	const content = await read(file);
	if (!isPcap(content)) {
		if (number > 1) throw new UsageError("--connection is for pcap files; this is a capture of one connection");
		return { pieces: parseHexLines(content.toString("latin1"), file), gap: false };
	}
	const { flows, cut } = readPcap(content);
	if (cut) say(`${file} ends within a packet: what precedes that is shown`);
	for (const [index, { client, server }] of flows.entries())
		if (flows.length > 1)
			say(`connection ${index + 1}: ${client} to ${server}${index + 1 === number ? " (this one)" : ""}`);
	const flow = flows[number - 1];
	if (!flow)
		throw new UsageError(`${file} has ${flows.length} TCP connections, and connection ${number} is not one of them`);
	return flow;
}

async function read(file: string): Promise<Buffer> {
	try {
		if (file !== "-") return await readFile(file);
		const chunks: Buffer[] = [];
		for await (const chunk of process.stdin as AsyncIterable<Buffer>) chunks.push(chunk);
		return Buffer.concat(chunks);
	} catch (error) {
		const { code, message } = error as NodeJS.ErrnoException;
		throw new UsageError(code === "ENOENT" ? `there is no file ${file}` : `cannot read ${file}: ${message}`);
	}
}

/** Ignores empty lines, lines that begin with `#`, and white space within the hex. */
function parseHexLines(text: string, file: string): Piece[] {
	const pieces: Piece[] = [];
	for (const [index, line] of text.split("\n").entries()) {
		const trimmed = line.trim();
		if (!trimmed || trimmed.startsWith("#")) continue;
		const octets = /^[<>]/.test(trimmed) ? fromHex(trimmed.slice(1).replace(/\s/g, "")) : undefined;
		if (!octets)
			throw new UsageError(
				`line ${index + 1} of ${file} is not \`>\` (from the client) or \`<\` (from the server) and hex, and the file no pcap either`,
			);
		pieces.push({ fromClient: trimmed.startsWith(">"), octets });
	}
	return pieces;
}
