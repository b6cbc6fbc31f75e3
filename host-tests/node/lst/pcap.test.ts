import assert from "node:assert/strict";
import { isPcap, readPcap } from "../../../src/node/lst/inspect/pcap.js";

interface Sent {
	fromClient?: boolean;
	at: number;
	data?: string;
	syn?: boolean;
	ack?: boolean;
	clientPort?: number;
}

/** A TCP segment between client 10.0.0.1 and server 10.0.0.2:80, or the same in IPv6. */
function ip(
	{ fromClient = true, at, data = "", syn = false, ack = true, clientPort = 5000 }: Sent,
	version: 4 | 6,
): Buffer {
	const tcp = Buffer.alloc(20 + data.length);
	tcp.writeUInt16BE(fromClient ? clientPort : 80, 0);
	tcp.writeUInt16BE(fromClient ? 80 : clientPort, 2);
	tcp.writeUInt32BE(at >>> 0, 4);
	tcp[12] = 5 << 4;
	tcp[13] = (syn ? 2 : 0) | (ack ? 16 : 0);
	tcp.write(data, 20);
	const [source, destination] = fromClient ? [1, 2] : [2, 1];
	const header = Buffer.alloc(version === 4 ? 20 : 40);
	if (version === 4) {
		header[0] = 0x45;
		header.writeUInt16BE(20 + tcp.length, 2);
		header[9] = 6;
		header.set([10, 0, 0, source, 10, 0, 0, destination], 12);
	} else {
		header[0] = 0x60;
		header.writeUInt16BE(tcp.length, 4);
		header[6] = 6;
		header[23] = source;
		header[39] = destination;
	}
	return Buffer.concat([header, tcp]);
}

function classic(link: number, frames: Buffer[], little = true): Buffer {
	const u32 = (...values: number[]) => {
		const buffer = Buffer.alloc(4 * values.length);
		values.forEach(
			(value, i) => void (little ? buffer.writeUInt32LE(value, 4 * i) : buffer.writeUInt32BE(value, 4 * i)),
		);
		return buffer;
	};
	const records = frames.flatMap((frame) => [u32(0, 0, frame.length, frame.length), frame]);
	return Buffer.concat([u32(0xa1b2c3d4, 0x00040002, 0, 0, 65_535, link), ...records]);
}

function pcapng(link: number, frames: Buffer[]): Buffer {
	const block = (type: number, body: Buffer) => {
		const padded = Buffer.concat([body, Buffer.alloc(-body.length & 3)]);
		const head = Buffer.alloc(8);
		head.writeUInt32LE(type, 0);
		head.writeUInt32LE(12 + padded.length, 4);
		return Buffer.concat([head, padded, head.subarray(4)]);
	};
	const packet = (frame: Buffer) => {
		const head = Buffer.alloc(20);
		head.writeUInt32LE(frame.length, 12);
		head.writeUInt32LE(frame.length, 16);
		return block(6, Buffer.concat([head, frame]));
	};
	const section = block(0x0a0d0d0a, Buffer.from("4d3c2b1a01000000ffffffffffffffff", "hex"));
	return Buffer.concat([
		section,
		block(1, Buffer.from([link & 0xff, link >> 8, 0, 0, 0, 0, 4, 0])),
		...frames.map(packet),
	]);
}

const ethernet = (packet: Buffer) => Buffer.concat([Buffer.alloc(12), Buffer.from([8, 0]), packet]);
const vlan = (packet: Buffer) => Buffer.concat([Buffer.alloc(12), Buffer.from([0x81, 0, 0, 1, 8, 0]), packet]);
const behind = (octets: number) => (packet: Buffer) => Buffer.concat([Buffer.alloc(octets), packet]);

const conversation: Sent[] = [
	{ at: 99, syn: true, ack: false },
	{ fromClient: false, at: 499, syn: true },
	{ at: 100, data: "hello" },
	{ fromClient: false, at: 500, data: "welcome" },
	{ at: 105, data: " again" },
];

const said = (file: Buffer) =>
	readPcap(file).flows.map(({ pieces }) =>
		pieces.map(({ fromClient, octets }) => `${fromClient ? ">" : "<"}${Buffer.from(octets)}`),
	);

const expected = [[">hello", "<welcome", "> again"]];

describe("pcap", () => {
	for (const [name, link, wrap] of [
		["Ethernet", 1, ethernet],
		["Ethernet with a VLAN tag", 1, vlan],
		["loopback", 0, behind(4)],
		["raw IP", 101, behind(0)],
		["Linux cooked", 113, behind(16)],
		["Linux cooked, version 2", 276, behind(20)],
	] as const)
		it(`is read on ${name}, in IPv4 and IPv6, as pcap of either byte order and as pcapng`, () => {
			for (const version of [4, 6] as const) {
				const frames = conversation.map((segment) => wrap(ip(segment, version)));
				for (const file of [classic(link, frames), classic(link, frames, false), pcapng(link, frames)]) {
					assert.ok(isPcap(file));
					assert.deepEqual(said(file), expected);
				}
			}
		});

	const read = (segments: Sent[]) =>
		said(
			classic(
				101,
				segments.map((segment) => ip(segment, 4)),
			),
		);

	it("readPcap puts segments in order, drops retransmissions, and follows sequence numbers as they wrap", () => {
		const start = 2 ** 32 - 3;
		assert.deepEqual(
			read([
				{ at: start - 1, syn: true, ack: false },
				{ at: start + 6, data: "67" },
				{ at: start, data: "0123" },
				{ at: start, data: "0123" },
				{ at: start + 2, data: "2345" },
			]),
			[[">0123", ">45", ">67"]],
		);
	});

	it("readPcap reports a gap where octets are missing", () => {
		const file = (segments: Sent[]) =>
			classic(
				101,
				segments.map((segment) => ip(segment, 4)),
			);
		assert.deepEqual(
			readPcap(file(conversation)).flows.map(({ gap }) => gap),
			[false],
		);
		const torn = readPcap(file([...conversation, { at: 120, data: "behind a gap" }])).flows;
		assert.deepEqual(
			torn.map(({ gap }) => gap),
			[true],
		);
	});

	it("readPcap tells connections apart, also on the same ports, and begins in the middle of one", () => {
		assert.deepEqual(
			read([
				{ at: 7, data: "joined late" },
				{ at: 0, syn: true, ack: false, clientPort: 6000 },
				{ at: 1, data: "other", clientPort: 6000 },
				{ at: 50, syn: true, ack: false },
				{ at: 51, data: "again" },
			]),
			[[">joined late"], [">other"], [">again"]],
		);
	});

	it("readPcap returns what precedes the end of a file that was cut within a packet", () => {
		const whole = classic(
			1,
			conversation.map((segment) => ethernet(ip(segment, 4))),
		);
		assert.equal(readPcap(whole).cut, false);
		const cut = whole.subarray(0, -1);
		assert.equal(readPcap(cut).cut, true);
		assert.deepEqual(said(cut), [[">hello", "<welcome"]]);
	});

	it("readPcap skips packets other than TCP, and throws for unknown link types", () => {
		const udp = ip(conversation[2]!, 4);
		udp[9] = 17;
		assert.deepEqual(said(classic(101, [udp, Buffer.alloc(3)])), []);
		assert.throws(() => said(classic(147, [udp])), /link type 147/);
		assert.equal(isPcap(Buffer.from("> 00\n")), false);
	});
});
