import assert from "node:assert/strict";
import fc from "fast-check";
import { newRecord, PacketType, suites } from "../../src/core/codec.js";
import { join } from "../../src/core/octets.js";
import { PacketRefused, Parser } from "../../src/core/parser.js";
import { secureProfile } from "../../src/core/secure.js";
import { text } from "../helpers/crypto.js";

const parser = (maxMessage = 0xffff) => new Parser({ maxMessage, suites: [suites.psk], profile: secureProfile });

function packets(): Uint8Array[] {
	const request = new Uint8Array(59).fill(1);
	request.set([PacketType.HandshakeRequest, suites.psk.code]);
	const response = new Uint8Array(50).fill(2);
	response[0] = PacketType.HandshakeResponse;
	const success = new Uint8Array(66).fill(3);
	success[0] = PacketType.HandshakeSuccess;
	return [
		request,
		response,
		success,
		newRecord(PacketType.KeepAlive, 0),
		newRecord(PacketType.RegularMessage, 0).fill(4, 3),
		newRecord(PacketType.RegularMessage, 700).fill(5, 3),
		newRecord(PacketType.Bundle, 2).fill(6, 3),
		newRecord(PacketType.Disconnect, 1).fill(7, 1),
	];
}

function readAll(parser: Parser, pieces: Iterable<Uint8Array>): Uint8Array[] {
	const read: Uint8Array[] = [];
	for (const piece of pieces) {
		parser.push(piece.slice());
		for (let packet: Uint8Array | undefined; (packet = parser.next()); ) read.push(packet.slice());
	}
	return read;
}

describe("parser", () => {
	it("reads packets that arrive one octet at a time", () => {
		const octets = join(...packets());
		const pieces = Array.from(octets, (octet) => Uint8Array.of(octet));
		assert.deepEqual(readAll(parser(), pieces), packets());
	});

	it("reads packets that arrive all at once, the first without a copy", () => {
		const octets = join(...packets());
		const reader = parser();
		reader.push(octets);
		const first = reader.next();
		assert.equal(first?.buffer, octets.buffer);
		assert.equal(reader.pending, octets.length - 59);
		assert.deepEqual(readAll(reader, [new Uint8Array(0)]), packets().slice(1));
	});

	it("reads packets however the stream is split", () => {
		const octets = join(...packets(), ...packets());
		fc.assert(
			fc.property(fc.array(fc.integer({ min: 0, max: octets.length }), { maxLength: 40 }), (cuts) => {
				const borders = [0, ...cuts.sort((a, b) => a - b), octets.length];
				const pieces = borders.slice(1).map((end, i) => octets.subarray(borders[i], end));
				assert.deepEqual(readAll(parser(), pieces), [...packets(), ...packets()]);
			}),
		);
	});

	it("keeps an unread packet when another one is pushed", () => {
		const [request, response] = packets();
		const reader = parser();
		reader.push(request!);
		reader.push(response!);
		assert.equal(reader.pending, 109);
		assert.equal(reader.next()?.length, 59);
		assert.equal(reader.next()?.length, 50);
	});

	it("knows the type of the next packet from its first octet until it is cleared", () => {
		const reader = parser();
		assert.equal(reader.type, undefined);
		reader.push(Uint8Array.of(1));
		assert.equal(reader.type, 1);
		assert.equal(reader.next(), undefined);
		assert.equal(reader.type, 1, "kept as a prefix");
		reader.push(Uint8Array.of(0, 9, 9));
		assert.equal(reader.next(), undefined);
		assert.equal(reader.type, 1, "kept as a packet that grows");
		assert.equal(reader.pending, 4);
		reader.clear();
		assert.equal(reader.pending, 0);
		assert.equal(reader.type, undefined);
	});

	it("refuses every unknown type at its first octet", () => {
		for (let type = 0; type < 256; type++) {
			if (type >= 1 && type <= 7) continue;
			const reader = parser();
			reader.push(Uint8Array.of(type));
			assert.throws(
				() => reader.next(),
				(error) => error instanceof PacketRefused && error.why === "unknown-type",
			);
		}
	});

	it("refuses a length above maxMessage at the header, and accepts maxMessage itself", () => {
		for (const type of [PacketType.RegularMessage, PacketType.Bundle]) {
			const reader = parser(300);
			reader.push(Uint8Array.of(type, 1, 45));
			assert.throws(
				() => reader.next(),
				(error) => error instanceof PacketRefused && error.why === "too-long",
			);
			assert.equal(readAll(parser(300), [newRecord(type, 300)]).length, 1);
		}
	});

	it("refuses a suite that is not listed at the request's second octet", () => {
		for (const suite of [0, 2, 255]) {
			const reader = parser();
			reader.push(Uint8Array.of(PacketType.HandshakeRequest));
			assert.equal(reader.next(), undefined);
			reader.push(Uint8Array.of(suite));
			assert.throws(
				() => reader.next(),
				(error) => error instanceof PacketRefused && error.why === "unsupported-suite",
			);
		}
	});

	for (const [what, octets] of [
		["HTTP", text("GET / HTTP/1.1\r\n")],
		["SSH", text("SSH-2.0-OpenSSH")],
		["TLS", Uint8Array.of(0x16, 0x03, 0x01, 0x02)],
		["0x7f", Uint8Array.of(0x7f)],
		["0x51", text("QUIT\r\n")],
	] as const)
		it(`reports what unknown octets look like: ${what}`, () => {
			const reader = parser();
			reader.push(octets.slice());
			assert.throws(() => reader.next(), new RegExp(what));
		});
});
