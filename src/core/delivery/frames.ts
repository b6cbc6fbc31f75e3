import { join } from "../octets.js";

/** Frames of acknowledged delivery, each in a message of its own. `docs/protocol.md`, "Acknowledged delivery". */
export const FrameType = Object.freeze({ Hello: 0x01, Data: 0x02, Ack: 0x03 } as const);

const VERSION = 1;
/** Octets of a stream's id, of an epoch, and of a message's number. */
export const STREAM_ID = 16;
export const EPOCH = 8;
const NUMBER = 6;
/** Octets before a message in its frame. */
export const DATA_HEADER = 1 + NUMBER;
/** Octets of a hello. */
export const HELLO = 2 + STREAM_ID + 2 * EPOCH + 2 * NUMBER;
/** The highest number; never reached in practice. */
export const LAST_NUMBER = 2 ** 48 - 1;

export interface Hello {
	readonly streamId: Uint8Array;
	/** Drawn when the sender began to keep the stream. */
	readonly epoch: Uint8Array;
	/** The receiver's epoch as the sender remembers it, or zeros. */
	readonly peerEpoch: Uint8Array;
	/** The oldest message that the sender keeps, or its next one if it keeps none. */
	readonly first: number;
	/** The message of `peerEpoch` that the sender expects next. */
	readonly next: number;
}

export type Frame =
	| ({ readonly type: "hello" } & Hello)
	| { readonly type: "data"; readonly number: number; readonly message: Uint8Array }
	| { readonly type: "ack"; readonly next: number };

function number(value: number): Uint8Array {
	const octets = new Uint8Array(NUMBER);
	for (let i = NUMBER - 1, rest = value; i >= 0; i--, rest = Math.floor(rest / 256)) octets[i] = rest % 256;
	return octets;
}

function readNumber(octets: Uint8Array, at: number): number {
	let value = 0;
	for (let i = at; i < at + NUMBER; i++) value = value * 256 + octets[i]!;
	return value;
}

export function encodeHello({ streamId, epoch, peerEpoch, first, next }: Hello): Uint8Array {
	return join(Uint8Array.of(FrameType.Hello, VERSION), streamId, epoch, peerEpoch, number(first), number(next));
}

export function encodeData(n: number, message: Uint8Array): Uint8Array {
	return join(Uint8Array.of(FrameType.Data), number(n), message);
}

export function encodeAck(next: number): Uint8Array {
	return join(Uint8Array.of(FrameType.Ack), number(next));
}

/** The frame in a message; undefined if it is none, as from a peer without acknowledged delivery. */
export function decodeFrame(octets: Uint8Array): Frame | undefined {
	const type = octets[0];
	if (type === FrameType.Data && octets.length >= DATA_HEADER)
		return { type: "data", number: readNumber(octets, 1), message: octets.subarray(DATA_HEADER) };
	if (type === FrameType.Ack && octets.length === 1 + NUMBER) return { type: "ack", next: readNumber(octets, 1) };
	if (type !== FrameType.Hello || octets.length !== HELLO || octets[1] !== VERSION) return undefined;
	const epoch = 2 + STREAM_ID;
	const first = epoch + 2 * EPOCH;
	return {
		type: "hello",
		streamId: octets.subarray(2, epoch),
		epoch: octets.subarray(epoch, epoch + EPOCH),
		peerEpoch: octets.subarray(epoch + EPOCH, first),
		first: readNumber(octets, first),
		next: readNumber(octets, first + NUMBER),
	};
}
