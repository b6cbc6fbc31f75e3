import { NONCE, SHARE, TAG } from "./crypto.js";

/** Who opened the TCP connection and who accepted it. */
export type Role = "client" | "server";

/** The first octet of a packet. `protocol.md`, "Packets". */
export const PacketType = Object.freeze({
	RegularMessage: 0x01,
	HandshakeRequest: 0x02,
	HandshakeResponse: 0x03,
	HandshakeSuccess: 0x04,
	KeepAlive: 0x05,
	Disconnect: 0x06,
	Bundle: 0x07,
} as const);
export type PacketType = (typeof PacketType)[keyof typeof PacketType];
export type PacketName = keyof typeof PacketType;

/** A packet: `header ‖ nonce ‖ tag ‖ payload`, all sizes in octets. */
export interface PacketLayout {
	readonly name: PacketName;
	/** The clear octets at the front, including the type. The nonce follows, if it travels, then the tag. */
	readonly header: number;
	readonly nonce: 0 | typeof NONCE;
	readonly tag: 0 | typeof TAG;
	/** The sealed octets; "length" if the header's last two octets give their number, big-endian. */
	readonly payload: number | "length";
	/** The payload is padded to a multiple of this. Default: 1. */
	readonly block?: number;
	/** Whether a suite with a key exchange appends its share to the payload. */
	readonly share?: true;
}

/** One table per profile, by which packets are sized, parsed and made. */
export type Layouts = Readonly<Record<number, PacketLayout>>;

/** The `secure` profile's. */
export const layouts: Layouts = Object.freeze({
	[PacketType.RegularMessage]: Object.freeze({
		name: "RegularMessage",
		header: 3,
		nonce: 0,
		tag: TAG,
		payload: "length",
	}),
	[PacketType.HandshakeRequest]: Object.freeze({
		name: "HandshakeRequest",
		header: 10,
		nonce: NONCE,
		tag: TAG,
		payload: 20,
		share: true,
	}),
	[PacketType.HandshakeResponse]: Object.freeze({
		name: "HandshakeResponse",
		header: 1,
		nonce: NONCE,
		tag: TAG,
		payload: 20,
		share: true,
	}),
	[PacketType.HandshakeSuccess]: Object.freeze({
		name: "HandshakeSuccess",
		header: 1,
		nonce: NONCE,
		tag: TAG,
		payload: 36,
	}),
	[PacketType.KeepAlive]: Object.freeze({ name: "KeepAlive", header: 1, nonce: 0, tag: TAG, payload: 0 }),
	[PacketType.Disconnect]: Object.freeze({ name: "Disconnect", header: 1, nonce: 0, tag: TAG, payload: 1 }),
	[PacketType.Bundle]: Object.freeze({ name: "Bundle", header: 3, nonce: 0, tag: TAG, payload: "length" }),
});

/** What the handshake adds to the pre-shared key. `protocol.md`, "Packets". */
export interface Suite {
	readonly code: number;
	readonly name: SuiteName;
	/** Octets that its key exchange adds to the request's and the response's payload. */
	readonly share: number;
}
export type SuiteName = "psk" | "psk-p256";

export const suites: Readonly<Record<SuiteName, Suite>> = Object.freeze({
	psk: Object.freeze({ code: 0x01, name: "psk", share: 0 }),
	"psk-p256": Object.freeze({ code: 0x02, name: "psk-p256", share: SHARE }),
});

/** The suite with this code. */
export function suiteOf(among: readonly Suite[], code: number | undefined): Suite | undefined {
	for (let i = 0; i < among.length; i++) if (among[i]!.code === code) return among[i];
	return undefined;
}

/** Octets of a whole packet whose payload, without a suite's share and padding, has `length` octets. */
export function packetSize(type: PacketType, length: number, suite?: Suite, table = layouts): number {
	const { block = 1, share } = table[type]!;
	return payloadOffset(type, table) + Math.ceil(length / block) * block + (share && suite ? suite.share : 0);
}

/**
 * An unsealed record for `length` octets of plaintext: its header is written, its plaintext begins at `payloadOffset`.
 * `protocol.md`, "Records".
 */
export function newRecord(type: PacketType, length: number, table = layouts): Uint8Array {
	const record = new Uint8Array(packetSize(type, length, undefined, table));
	layHeader(record, type, length, table);
	return record;
}

/** Writes a record's header, for `length` octets of plaintext. */
export function layHeader(record: Uint8Array, type: PacketType, length: number, table = layouts): void {
	record[0] = type;
	if (table[type]!.payload !== "length") return;
	record[1] = length >> 8;
	record[2] = length & 0xff;
}

/** Where the payload of a packet of this type begins. */
export function payloadOffset(type: PacketType, table = layouts): number {
	const { header, nonce, tag } = table[type]!;
	return header + nonce + tag;
}

/** A record's payload, without the padding to whole blocks. */
export function recordPayload(record: Uint8Array, table = layouts): Uint8Array {
	const begin = payloadOffset(record[0] as PacketType, table);
	if (table[record[0]!]!.payload !== "length") return record.subarray(begin);
	return record.subarray(begin, begin + ((record[1]! << 8) | record[2]!));
}

export function isHandshake(type: number): boolean {
	return type >= PacketType.HandshakeRequest && type <= PacketType.HandshakeSuccess;
}

/** For people: a packet's name, or else its first octet. */
export function packetName(type: number): string {
	return layouts[type]?.name ?? `type 0x${type.toString(16).padStart(2, "0")}`;
}
