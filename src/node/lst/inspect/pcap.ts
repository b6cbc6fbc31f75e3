import { UsageError } from "../exit.js";

/** A TCP segment with its place in the stream. */
export interface Segment {
	/** `address:port` of each end. */
	readonly from: string;
	readonly to: string;
	readonly sequence: number;
	readonly syn: boolean;
	readonly ack: boolean;
	readonly payload: Uint8Array;
}

/** One TCP connection, in order, without retransmissions. */
export interface Flow {
	readonly client: string;
	readonly server: string;
	/** In the order in which they could be read. */
	readonly pieces: { fromClient: boolean; octets: Uint8Array }[];
	/** Whether octets are missing in the capture, so that later ones could not be read. */
	gap: boolean;
}

enum Link {
	Null = 0,
	Ethernet = 1,
	Raw = 101,
	LinuxCooked = 113,
	RawIPv4 = 228,
	RawIPv6 = 229,
	LinuxCooked2 = 276,
}

export const isPcap = (file: Buffer): boolean => isPcapng(file) || classicOrder(file) !== undefined;

/**
 * The TCP connections of a capture, in the order in which they begin, and whether the file ends within a packet, as after an
 * interrupt, or is damaged there.
 * @throws UsageError if it is of an unknown link type
 */
export function readPcap(file: Buffer): { flows: Flow[]; cut: boolean } {
	const connections = new Connections();
	try {
		for (const { link, frame } of isPcapng(file) ? pcapngFrames(file) : classicFrames(file)) {
			const segment = parseFrame(link, frame);
			if (segment) connections.add(segment);
		}
	} catch (error) {
		if (!(error instanceof RangeError)) throw error;
		return { flows: connections.finish(), cut: true };
	}
	return { flows: connections.finish(), cut: false };
}

interface Frame {
	readonly link: number;
	readonly frame: Buffer;
}

function isPcapng(file: Buffer): boolean {
	return file.length >= 12 && file.readUInt32BE(0) === 0x0a0d0d0a;
}

/** Whether a classic pcap file is little-endian; undefined if it is none. */
function classicOrder(file: Buffer): boolean | undefined {
	if (file.length < 24) return undefined;
	const magic = file.readUInt32BE(0);
	if (magic === 0xd4c3b2a1 || magic === 0x4d3cb2a1) return true;
	return magic === 0xa1b2c3d4 || magic === 0xa1b23c4d ? false : undefined;
}

/** https://www.ietf.org/archive/id/draft-ietf-opsawg-pcap-04.html §4 and §5 */
function* classicFrames(file: Buffer): Generator<Frame> {
	const u32 = classicOrder(file) ? (at: number) => file.readUInt32LE(at) : (at: number) => file.readUInt32BE(at);
	const link = u32(20) & 0xffff;
	for (let at = 24; at < file.length; ) {
		const length = u32(at + 8);
		yield { link, frame: slice(file, at + 16, length) };
		at += 16 + length;
	}
}

/** https://www.ietf.org/archive/id/draft-ietf-opsawg-pcapng-02.html §4: section, interface and packet blocks */
function* pcapngFrames(file: Buffer): Generator<Frame> {
	let little = true;
	let links: number[] = [];
	const u32 = (at: number) => (little ? file.readUInt32LE(at) : file.readUInt32BE(at));
	for (let at = 0; at < file.length; ) {
		const type = file.readUInt32BE(at);
		if (type === 0x0a0d0d0a) {
			little = file.readUInt32BE(at + 8) === 0x4d3c2b1a;
			links = [];
		}
		const blockType = u32(at);
		const length = u32(at + 4);
		if (length < 12) throw new RangeError("block");
		if (blockType === 1) links.push(little ? file.readUInt16LE(at + 8) : file.readUInt16BE(at + 8));
		else if (blockType === 6) yield { link: links[u32(at + 8)] ?? -1, frame: slice(file, at + 28, u32(at + 20)) };
		else if (blockType === 3) yield { link: links[0] ?? -1, frame: slice(file, at + 12, length - 16) };
		at += length;
	}
}

function slice(file: Buffer, at: number, length: number): Buffer {
	if (at + length > file.length) throw new RangeError("frame");
	return file.subarray(at, at + length);
}

function parseFrame(link: number, frame: Buffer): Segment | undefined {
	switch (link) {
		case Link.Null:
		case Link.Raw:
		case Link.RawIPv4:
		case Link.RawIPv6:
			return parseIp(frame.subarray(link === Link.Null ? 4 : 0));
		case Link.Ethernet:
			if (frame.length < 14) return undefined;
			return parseIp(frame.subarray(frame.readUInt16BE(12) === 0x8100 ? 18 : 14));
		case Link.LinuxCooked:
			return parseIp(frame.subarray(16));
		case Link.LinuxCooked2:
			return parseIp(frame.subarray(20));
		default:
			throw new UsageError(
				`the capture is of link type ${link}, which is not known here; capture on Ethernet or loopback`,
			);
	}
}

const TCP = 6;

function parseIp(packet: Buffer): Segment | undefined {
	if (packet.length < 20) return undefined;
	const version = packet[0]! >> 4;
	if (version === 4) {
		const header = (packet[0]! & 15) * 4;
		if (packet[9] !== TCP) return undefined;
		const address = (at: number) => packet.subarray(at, at + 4).join(".");
		return parseTcp(packet.subarray(header, packet.readUInt16BE(2)), address(12), address(16));
	}
	if (version !== 6 || packet[6] !== TCP) return undefined;
	const address = (at: number) => `[${packet.toString("hex", at, at + 16).replace(/(.{4})(?!$)/g, "$1:")}]`;
	return parseTcp(packet.subarray(40, 40 + packet.readUInt16BE(4)), address(8), address(24));
}

function parseTcp(segment: Buffer, source: string, destination: string): Segment | undefined {
	if (segment.length < 20) return undefined;
	const flags = segment[13]!;
	return {
		from: `${source}:${segment.readUInt16BE(0)}`,
		to: `${destination}:${segment.readUInt16BE(2)}`,
		sequence: segment.readUInt32BE(4),
		syn: (flags & 2) !== 0,
		ack: (flags & 16) !== 0,
		payload: segment.subarray((segment[12]! >> 4) * 4),
	};
}

/** Puts segments back into order. */
class Connections {
	readonly flows: Flow[] = [];
	readonly #streams: { flow: Flow; stream: Stream }[] = [];
	readonly #open = new Map<string, { flow: Flow; streams: Map<string, Stream> }>();

	finish(): Flow[] {
		for (const { flow, stream } of this.#streams) flow.gap ||= stream.gap;
		return this.flows;
	}

	add(segment: Segment): void {
		const { from, to, syn, ack, payload } = segment;
		const name = [from, to].sort().join(" ");
		let connection = this.#open.get(name);
		if (syn && !ack && connection?.flow.pieces.length) connection = undefined;
		if (!connection) {
			if (!syn && !payload.length) return;
			const [client, server] = syn && ack ? [to, from] : [from, to];
			connection = { flow: { client, server, pieces: [], gap: false }, streams: new Map() };
			this.#open.set(name, connection);
			this.flows.push(connection.flow);
		}
		const { flow, streams } = connection;
		let stream = streams.get(from);
		if (!stream) {
			stream = new Stream(segment.sequence + (syn ? 1 : 0));
			streams.set(from, stream);
			this.#streams.push({ flow, stream });
		}
		if (!payload.length) return;
		for (const octets of stream.read(segment)) flow.pieces.push({ fromClient: from === flow.client, octets });
	}
}

/** One direction's octets: early segments wait, repeated ones are dropped. */
class Stream {
	#next: number;
	#early: Segment[] = [];

	constructor(next: number) {
		this.#next = next >>> 0;
	}

	/** Whether a segment waits for octets before it. */
	get gap(): boolean {
		return this.#early.length > 0;
	}

	*read(segment: Segment): Generator<Uint8Array> {
		this.#early.push(segment);
		for (let found: Segment | undefined; (found = this.#early.find((one) => this.#ahead(one) <= 0)); ) {
			this.#early.splice(this.#early.indexOf(found), 1);
			const fresh = found.payload.subarray(-this.#ahead(found));
			if (!fresh.length) continue;
			this.#next = (this.#next + fresh.length) >>> 0;
			yield fresh;
		}
	}

	/** The distance, in octets, from what is due next to a segment's beginning; sequence numbers wrap. */
	#ahead({ sequence }: Segment): number {
		return (sequence - this.#next) | 0;
	}
}
