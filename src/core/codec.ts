import { NONCE, TAG } from "./crypto.js";

/** Who opened the TCP connection and who accepted it. */
export type Role = "client" | "server";

/** `protocol.md`, the first table: the octet that a packet begins with. */
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

/** A packet of the `secure` profile: `header ‖ nonce ‖ tag ‖ payload`, all sizes in octets. */
export interface PacketLayout {
	readonly name: PacketName;
	/** The clear octets in front, the type among them. Behind them stands the nonce, if it travels, then the tag. */
	readonly header: number;
	readonly nonce: 0 | typeof NONCE;
	/** What is sealed; "length" where the header's last two octets say it, big-endian. */
	readonly payload: number | "length";
	/** Whether a suite with a key exchange appends its share to the payload. */
	readonly share?: true;
}

/** The one table from which packets are sized, parsed and made. */
export const layouts: Readonly<Record<number, PacketLayout>> = Object.freeze({
	[PacketType.RegularMessage]: Object.freeze({ name: "RegularMessage", header: 3, nonce: 0, payload: "length" }),
	[PacketType.HandshakeRequest]: Object.freeze({
		name: "HandshakeRequest",
		header: 10,
		nonce: NONCE,
		payload: 20,
		share: true,
	}),
	[PacketType.HandshakeResponse]: Object.freeze({
		name: "HandshakeResponse",
		header: 1,
		nonce: NONCE,
		payload: 20,
		share: true,
	}),
	[PacketType.HandshakeSuccess]: Object.freeze({ name: "HandshakeSuccess", header: 1, nonce: NONCE, payload: 36 }),
	[PacketType.KeepAlive]: Object.freeze({ name: "KeepAlive", header: 1, nonce: 0, payload: 0 }),
	[PacketType.Disconnect]: Object.freeze({ name: "Disconnect", header: 1, nonce: 0, payload: 1 }),
	[PacketType.Bundle]: Object.freeze({ name: "Bundle", header: 3, nonce: 0, payload: "length" }),
});

/** What a handshake adds to the pre-shared key. `protocol.md`, the table of suites. */
export interface Suite {
	readonly code: number;
	readonly name: SuiteName;
	/** Octets that its key exchange adds to the request's and the response's payload. */
	readonly share: number;
}
export type SuiteName = "psk";

export const suites: Readonly<Record<SuiteName, Suite>> = Object.freeze({
	psk: Object.freeze({ code: 0x01, name: "psk", share: 0 }),
});

/** Where a packet's tag begins: behind header and nonce. */
export function boxOffset(type: PacketType): number {
	const { header, nonce } = layouts[type]!;
	return header + nonce;
}

/** Octets of a whole packet whose payload, without a suite's share, has `length` octets. */
export function packetSize(type: PacketType, length: number, suite?: Suite): number {
	const layout = layouts[type]!;
	return layout.header + layout.nonce + TAG + length + (layout.share && suite ? suite.share : 0);
}

/**
 * An unsealed record of `length` octets of plaintext: its header is laid, its plaintext begins at `payloadOffset`.
 * `protocol.md`, "Records".
 */
export function newRecord(type: PacketType, length: number): Uint8Array {
	const record = new Uint8Array(packetSize(type, length));
	record[0] = type;
	if (layouts[type]!.payload === "length") {
		record[1] = length >> 8;
		record[2] = length & 0xff;
	}
	return record;
}

/** Where the payload of a packet of this type begins. */
export function payloadOffset(type: PacketType): number {
	return boxOffset(type) + TAG;
}

/** For people: a packet's name, or what its first octet is. */
export function packetName(type: number): string {
	return layouts[type]?.name ?? `type 0x${type.toString(16).padStart(2, "0")}`;
}
