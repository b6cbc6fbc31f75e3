import { BundleWriter } from "../core/bundle.js";
import { layouts, newRecord, PacketType, payloadOffset, type Role, suites } from "../core/codec.js";
import type { Crypto, KeyPair } from "../core/crypto.js";
import { Challenger, Responder } from "../core/handshake.js";
import { expand } from "../core/hkdf.js";
import { Key } from "../core/key.js";
import { ascii, copy, fromHex, join } from "../core/octets.js";
import { P256 } from "../core/p256/p256.js";
import { RandomSource } from "../core/random.js";
import { deriveRecords, RECORDS_PER_KEY, type Records } from "../core/records.js";
import { SecureExchange } from "../core/secure.js";
import { type Check, equal, ok } from "./check.js";

/** A test of Project Wycheproof's `aead_test_schema_v1.json`. */
export interface CcmTest {
	tcId: number;
	comment: string;
	key: string;
	iv: string;
	aad: string;
	msg: string;
	ct: string;
	tag: string;
	result: string;
}

/** A test of Project Wycheproof's `hkdf_test_schema_v1.json`. */
export interface HkdfTest {
	tcId: number;
	comment: string;
	ikm: string;
	salt: string;
	info: string;
	size: number;
	okm: string;
	result: string;
}

/** A case of `secure.json`. */
export interface SecureCase {
	suite: number;
	context: string;
	handshakeKey: string;
	handshakeSealingKey: string;
	random: Record<"N1" | "N2" | "N3" | "token" | "number1" | "number2" | "challenge" | "sessionKey", string> &
		Partial<Record<"clientScalar" | "serverScalar", string>>;
	keyId: string;
	request: string;
	response: string;
	success: string;
	records: { from: string; what: string; wire: string }[];
}

export function hex(text: string): Uint8Array {
	const octets = fromHex(text);
	ok(octets, `${text} is hex`);
	return octets;
}

export function checkCcm(crypto: Crypto, test: CcmTest): void {
	const aead = crypto.aead(hex(test.key));
	const box = join(hex(test.tag), hex(test.ct));
	const opened = copy(box);
	const genuine = aead.open(hex(test.iv), hex(test.aad), opened);
	equal(genuine, test.result === "valid", "genuine");
	if (!genuine) return equal(opened.subarray(16), new Uint8Array(test.ct.length / 2), "text wiped");
	equal(opened.subarray(16), hex(test.msg), "opened");
	const sealed = join(new Uint8Array(16), hex(test.msg));
	aead.seal(hex(test.iv), hex(test.aad), sealed);
	equal(sealed, box, "sealed");
}

/** `sealPacket` and `openPacket`, where a platform has them, do what `seal` and `open` do, and refuse impossible sizes. */
export function checkPackets(crypto: Crypto): void {
	const aead = crypto.aead(new Uint8Array(32).fill(3));
	ok(aead.sealPacket && aead.openPacket, "takes packets whole");
	const room = Uint8Array.of(9, 9, 9, 9, 9, 1, 2, 3, 9);
	const additional = room.subarray(5, 8);
	const packet = new Uint8Array(10 + 13 + 16 + 20).map((_, i) => i);
	const expected = copy(packet);
	aead.seal(expected.subarray(10, 23), additional, expected.subarray(23));
	const plain = copy(packet);
	aead.sealPacket(packet, 10, room, 5, 3);
	equal(packet, expected, "sealed");
	const forged = copy(packet);
	forged[58]! ^= 1;
	ok(!aead.openPacket(forged, 10, room, 5, 3), "forged");
	equal(forged.subarray(39), new Uint8Array(20), "text wiped");
	ok(!aead.openPacket(copy(packet), 10, room, 5, 2), "bound to other data");
	ok(aead.openPacket(packet, 10, room, 5, 3), "genuine");
	equal(packet.subarray(39), plain.subarray(39), "opened");
	for (const wrong of [
		() => aead.sealPacket!(new Uint8Array(38), 10, room, 5, 3),
		() => crypto.sha256(plain, 60, new Uint8Array(32), 0),
	])
		try {
			wrong();
			throw new Error("an impossible size was accepted");
		} catch (error) {
			if (!(error instanceof RangeError)) throw error;
		}
}

/** Runs all slices of a record. */
function whole<T>(work: Generator<void, T, void>): T {
	for (;;) {
		const { done, value } = work.next();
		if (done) return value;
	}
}

/** In slices, records of any length and at any address are sealed and opened as in one call. */
export function checkSlices(crypto: Crypto): void {
	const derive = (role: Role) => deriveRecords(crypto, role, new Uint8Array(32), new Uint8Array(64).fill(9));
	const [atOnce, inSlices, reader] = [derive("client").write, derive("client").write, derive("server").read];
	const { header } = layouts[PacketType.RegularMessage]!;
	for (let length = 0; length < 100; length += 7) {
		const plain = newRecord(PacketType.RegularMessage, length);
		const at = payloadOffset(PacketType.RegularMessage);
		plain.fill(length, at);
		const [expected, record, forged] = [1, 2, 3].map((shift) => {
			const copied = new Uint8Array(plain.length + 4).subarray(shift, shift + plain.length);
			copied.set(plain);
			return copied;
		}) as [Uint8Array, Uint8Array, Uint8Array];
		atOnce.seal(expected, header);
		whole(inSlices.sealing(record, header, 32));
		equal(record, expected, `sealed, ${length} octets`);
		forged.set(record);
		forged[header]! ^= 1;
		equal(whole(reader.opening(forged, header, 16)), false, "genuine");
		equal(forged.subarray(at), new Uint8Array(length), "text wiped");
		equal(whole(reader.opening(record, header, 16)), true, "genuine");
		equal(record.subarray(at), plain.subarray(at), `opened, ${length} octets`);
	}
}

export function checkHkdf(crypto: Crypto, test: HkdfTest): void {
	const prk = new Uint8Array(32);
	crypto.hkdf.extract(hex(test.salt), hex(test.ikm), prk);
	let okm: Uint8Array | undefined;
	try {
		okm = expand(crypto, prk, hex(test.info), test.size);
	} catch (error) {
		ok(error instanceof RangeError && test.result === "invalid", "refused for its size");
	}
	if (okm) equal(okm, hex(test.okm), "okm");
}

/**
 * Both sides' handshake and every record, octet for octet.
 * @param newKeyPair the platform's, for the cases of suite 0x02
 * @param ratchet whether the record after the ratchet is included, which takes 65,536 others before it
 */
export function secureChecks(
	crypto: Crypto,
	newKeyPair: (scalar: Uint8Array) => KeyPair,
	cases: readonly SecureCase[],
	ratchet: boolean,
): Check[] {
	return cases.map((test, index) => ({
		name: `secure.json, case ${index}, suite ${test.suite}: handshake and records${ratchet ? ", over the ratchet" : ""}`,
		run: () => checkSecure(crypto, newKeyPair, test, ratchet),
	}));
}

/** The random octets that a side draws in a handshake, in order. */
export function drawsOf(role: Role, { random }: SecureCase): Uint8Array[] {
	const { clientScalar, serverScalar } = random;
	const scalar = role === "client" ? clientScalar : serverScalar;
	const numbers = role === "client" ? random.token + random.number1 + random.number2 : random.challenge;
	const rest = role === "client" ? [random.N1, random.sessionKey, random.N3] : [random.N2];
	return [numbers, ...(scalar ? [scalar] : []), ...rest].map(hex);
}

function checkSecure(
	crypto: Crypto,
	newKeyPair: (scalar: Uint8Array) => KeyPair,
	test: SecureCase,
	ratchet: boolean,
): void {
	const key = new Key(hex(test.handshakeKey), crypto);
	equal(key.id, test.keyId, "key id");
	const sealing = expand(crypto, hex(test.handshakeKey), ascii("LightweightSecureTCP handshake"), 32);
	equal(sealing, hex(test.handshakeSealingKey), "K_hs");
	const suite = Object.values(suites).find(({ code }) => code === test.suite);
	ok(suite, "a suite that is known");
	const exchange = (role: Role) => {
		const random = new RandomSource(scripted(crypto, drawsOf(role, test)));
		const agreement = new P256(newKeyPair, random);
		const options = { crypto, random, agreement, keys: [key], suites: [suite] };
		return [new SecureExchange({ ...options, context: ascii(test.context) }), random] as const;
	};
	const client = new Challenger(...exchange("client"));
	const server = new Responder(...exchange("server"));
	const request = client.begin();
	equal(request, hex(test.request), "HandshakeRequest");
	const response = server.read(copy(request));
	equal(response, hex(test.response), "HandshakeResponse");
	const success = client.read(copy(response!));
	equal(success, hex(test.success), "HandshakeSuccess");
	server.read(copy(success));
	const records = ratchet
		? test.records
		: test.records.slice(
				0,
				test.records.findIndex(({ what }) => what.includes("after the ratchet")),
			);
	checkRecords(client.finish("client"), server.finish("server"), records);
}

function checkRecords(client: Records, server: Records, records: SecureCase["records"]): void {
	let fromClient = 0;
	for (const { from, what, wire } of records) {
		const [writer, reader] = from === "client" ? [client.write, server.read] : [server.write, client.read];
		if (what.includes("after the ratchet"))
			for (; fromClient < RECORDS_PER_KEY; fromClient++) {
				const filler = newRecord(PacketType.KeepAlive, 0);
				// The last under its key in slices.
				const last = fromClient === RECORDS_PER_KEY - 1;
				if (last) whole(writer.sealing(filler, 1, 16));
				else writer.seal(filler, 1);
				ok(last ? whole(reader.opening(filler, 1, 16)) : reader.open(filler, 1), `filler ${fromClient} opens`);
			}
		else if (from === "client") fromClient++;
		const record = recordFor(what);
		const type = record[0] as PacketType;
		const plain = copy(record.subarray(payloadOffset(type)));
		const { header } = layouts[type]!;
		writer.seal(record, header);
		equal(record, hex(wire), what);
		ok(reader.open(record, header), `${what} opens`);
		equal(record.subarray(payloadOffset(type)), plain, what);
	}
}

function bundle(messages: readonly Uint8Array[], size: number): Uint8Array {
	const writer = new BundleWriter(0);
	for (const message of messages) writer.push(message);
	return writer.finish(size);
}

/** The record that an entry of the vectors describes. */
function recordFor(what: string): Uint8Array {
	const record = (type: PacketType, plain: Uint8Array) => {
		const made = newRecord(type, plain.length);
		made.set(plain, payloadOffset(type));
		return made;
	};
	const quoted = ascii(what.split("'")[1] ?? "");
	if (what === "KeepAlive") return record(PacketType.KeepAlive, quoted);
	if (what.startsWith("RegularMessage of 300"))
		return record(
			PacketType.RegularMessage,
			new Uint8Array(300).map((_, i) => i),
		);
	if (what.startsWith("RegularMessage")) return record(PacketType.RegularMessage, quoted);
	if (what.startsWith("Bundle of 'hello'")) return bundle([quoted], 64);
	if (what.startsWith("Bundle of 'one'")) return bundle([ascii("one"), ascii(""), ascii("three")], 16);
	equal(what, "Disconnect 2", "a line that is known");
	return record(PacketType.Disconnect, Uint8Array.of(2));
}

/** `crypto` with given random octets, one piece per draw. */
export function scripted(crypto: Crypto, draws: Uint8Array[]): Crypto {
	return {
		...crypto,
		random(octets) {
			const draw = draws.shift();
			equal(octets.length, draw?.length, "octets drawn");
			octets.set(draw!);
		},
	};
}
