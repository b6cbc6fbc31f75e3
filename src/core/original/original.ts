import type { ConnectionOptions } from "../actions.js";
import { CHALLENGE } from "../challenge.js";
import { type Layouts, PacketType, packetSize, payloadOffset, type Role } from "../codec.js";
import { typeError } from "../errors.js";
import type { Exchange } from "../handshake.js";
import type { Key } from "../key.js";
import { wipe } from "../octets.js";
import { wholeNumber } from "../options.js";
import type { Profile } from "../profile.js";
import type { RandomSource } from "../random.js";
import type { Records } from "../records.js";
import { OriginalDirection } from "./direction.js";
import { Xtea256 } from "./xtea256.js";

const BLOCK = 8;
/** The longest message whose length, padded to whole blocks, fits the C++ library's 16 bits. */
const LONGEST = 65_528;
const clear = { nonce: 0, tag: 0 } as const;

const layouts: Layouts = Object.freeze({
	[PacketType.RegularMessage]: Object.freeze({
		name: "RegularMessage",
		header: 3,
		...clear,
		payload: "length",
		block: BLOCK,
	}),
	[PacketType.HandshakeRequest]: Object.freeze({ name: "HandshakeRequest", header: 1, ...clear, payload: 24 }),
	[PacketType.HandshakeResponse]: Object.freeze({ name: "HandshakeResponse", header: 1, ...clear, payload: 24 }),
	[PacketType.HandshakeSuccess]: Object.freeze({ name: "HandshakeSuccess", header: 1, ...clear, payload: 32 }),
	[PacketType.KeepAlive]: Object.freeze({ name: "KeepAlive", header: 1, ...clear, payload: 0 }),
	[PacketType.Disconnect]: Object.freeze({ name: "Disconnect", header: 1, ...clear, payload: 0 }),
});

/** The `original` profile's packets: XTEA256 in ECB under the handshake key, nothing authenticated. */
class OriginalExchange implements Exchange {
	readonly key: Key;
	readonly mutual = false;
	readonly #random: RandomSource;
	readonly #rounds: number;

	constructor({ keys, random }: ConnectionOptions, rounds: number) {
		this.key = keys[0]!;
		this.#random = random;
		this.#rounds = rounds;
	}

	/** The C++ library takes a field of all ones for a failed read. */
	numbers(): Uint8Array {
		for (;;) {
			const numbers = this.#random.draw(CHALLENGE);
			const allOnes = (from: number, to: number) => numbers.subarray(from, to).every((octet) => octet === 0xff);
			if (!allOnes(0, 4) && !allOnes(4, 12) && !allOnes(12, 20)) return numbers;
		}
	}

	seal(type: PacketType, payload: Uint8Array): Uint8Array {
		const size = layouts[type]!.payload as number;
		const packet = new Uint8Array(packetSize(type, size, undefined, layouts));
		const begin = payloadOffset(type, layouts);
		packet[0] = type;
		packet.set(payload, begin);
		if (payload.length < size) packet.set(this.#random.draw(size - payload.length), begin + payload.length);
		const cipher = this.cipher();
		cipher.encrypt(packet, begin, packet.length);
		cipher.wipe();
		return packet;
	}

	open(type: PacketType, packet: Uint8Array): Uint8Array {
		const begin = payloadOffset(type, layouts);
		const cipher = this.cipher();
		cipher.decrypt(packet, begin, packet.length);
		cipher.wipe();
		return packet.subarray(begin);
	}

	records(_role: Role, sessionKey: Uint8Array): Records {
		const cipher = new Xtea256(sessionKey, this.#rounds);
		wipe(sessionKey);
		const direction = new OriginalDirection(cipher, this.#random);
		return { write: direction, read: direction };
	}

	private cipher(): Xtea256 {
		return new Xtea256(this.key.octets, this.#rounds);
	}
}

/**
 * The profile of the C++ library LightweightSecureTCP, for fleets that run it: the value of the option `profile`. It
 * authenticates neither the server nor any packet. `protocol.md`, "The `original` profile".
 * @param rounds of XTEA, 1 to 128, the same on both sides. Default: 32, as in the library
 * @throws TypeError, RangeError
 */
export function original(options: { rounds?: number | undefined } = {}): Profile {
	if (typeof options !== "object" || options === null) throw typeError("the options are given as one object");
	const { rounds = 32 } = options;
	wholeNumber("rounds", rounds, 1, 128);
	return Object.freeze({
		name: "original",
		layouts,
		challenger: "server",
		mutual: false,
		shortestMessage: 1,
		longestMessage: LONGEST,
		warning:
			"the original profile protects against nobody who can change what travels: servers and packets are not authenticated, and messages can be forged, replayed, reordered and dropped",
		exchange: (options: ConnectionOptions) => new OriginalExchange(options, rounds),
		hint,
	});
}

function hint(role: Role, type: number | undefined): string | undefined {
	if (role === "client" && type === undefined)
		return "nothing came, as from a server of the secure profile, which waits for its client to begin";
	if (role === "server" && type === PacketType.HandshakeRequest) return "it looks like a client of the secure profile";
	return undefined;
}
