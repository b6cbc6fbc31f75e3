import { CHALLENGE } from "./challenge.js";
import { layouts, PacketType, packetSize, payloadOffset, type Role, type Suite, suiteOf } from "./codec.js";
import { type Crypto, HASH, KEY, type KeyAgreement, type KeyPair, NONCE } from "./crypto.js";
import { HandshakeError } from "./errors.js";
import type { Exchange } from "./handshake.js";
import type { Key } from "./key.js";
import { ascii, copy, equalInConstantTime, nothing, toHex, wipe } from "./octets.js";
import type { Profile } from "./profile.js";
import type { RandomSource } from "./random.js";
import { deriveRecords, type Records } from "./records.js";
import type { Registry } from "./registry.js";
import type { Replays } from "./replays.js";

const VERSION = ascii("LightweightSecureTCP 2");
const KEY_ID = 2;
const REQUEST_HEADER = 10;
/** Octets of the additional data of a response and a success: a type and a digest. A request's are one less, plus the context. */
const BOUND = 1 + HASH;

export interface SecureExchangeOptions {
	/** A server has no key before a request names one. */
	role?: Role | undefined;
	crypto: Crypto;
	random: RandomSource;
	/** A client uses the first; a server selects by the request's key id. */
	keys: readonly Key[];
	/** Looks up a server's further keys by their id of 16 hex digits. */
	findKey?: ((keyId: string) => Key | undefined) | undefined;
	/** A client asks for the first; a server accepts all. */
	suites: readonly Suite[];
	/** For suites with a share. */
	agreement?: KeyAgreement | undefined;
	/** 0 to 255 octets that both sides are configured with and that are never sent. */
	context: Uint8Array;
	/** On a server: the requests that it has answered lately. */
	replays?: Replays | undefined;
	/** Copies a packet that is handed out; without it, packets must not be changed by whoever sends them. */
	offHeap?: ((octets: Uint8Array) => Uint8Array) | undefined;
	/** Knows the requests of a server's own program, refused unless `allowSelfConnection`. */
	registry?: Registry | undefined;
	allowSelfConnection?: boolean | undefined;
}

/** The `secure` profile's packets: AES-256-CCM under K_hs, each bound to everything that was sent before it. */
export class SecureExchange implements Exchange {
	readonly mutual = true;
	key: Key | undefined;
	suite: Suite;
	readonly #options: SecureExchangeOptions;
	#pair: KeyPair | undefined;
	#peerShare: Uint8Array | undefined;
	/** The three packets as they travel, one after the other, and then room for a packet's additional data. */
	#room = nothing;
	/** Octets of the packets so far. */
	#length = 0;

	constructor(options: SecureExchangeOptions) {
		this.#options = options;
		if (options.role !== "server") this.key = options.keys[0];
		this.suite = options.suites[0]!;
	}

	numbers(): Uint8Array {
		return this.#options.random.draw(CHALLENGE);
	}

	seal(type: PacketType, payload: Uint8Array): Uint8Array {
		if (type === PacketType.HandshakeRequest) this.makeRoom();
		const key = this.key!;
		const end = this.#length + packetSize(type, payload.length, this.suite);
		const packet = this.#room.subarray(this.#length, end);
		try {
			packet[0] = type;
			if (type === PacketType.HandshakeRequest) {
				packet[1] = this.suite.code;
				key.layId(packet, KEY_ID);
			}
			const begin = payloadOffset(type);
			packet.set(payload, begin);
			if (this.hasShare(type)) {
				this.#pair = this.#options.agreement!.take();
				packet.set(this.#pair.share, begin + payload.length);
			}
			const { header } = layouts[type]!;
			const nonce = packet.subarray(header, header + NONCE);
			this.#options.random.fill(nonce);
			const { handshakeCipher } = key;
			const room = this.#room;
			const at = this.space;
			const size = this.layAdditional(type, packet);
			if (handshakeCipher.sealPacket) handshakeCipher.sealPacket(packet, header, room, at, size);
			else handshakeCipher.seal(nonce, room.subarray(at, at + size), packet.subarray(header + NONCE));
		} catch (error) {
			wipe(packet);
			throw error;
		}
		this.#length = end;
		const { offHeap } = this.#options;
		return offHeap ? offHeap(packet) : packet;
	}

	open(type: PacketType, packet: Uint8Array): Uint8Array {
		if (type === PacketType.HandshakeRequest) {
			this.suite = suiteOf(this.#options.suites, packet[1])!;
			this.key = this.pickKey(packet);
			this.makeRoom();
		}
		// An observer may have missed the packets before this one.
		if (this.#length + packet.length > this.space) throw new HandshakeError("authentication-failed");
		const size = this.layAdditional(type, packet);
		this.#room.set(packet, this.#length);
		if (!this.isGenuine(type, packet, size)) throw new HandshakeError("authentication-failed");
		this.#length += packet.length;
		if (type === PacketType.HandshakeRequest) this.checkFresh(packet);
		const end = packet.length - (this.hasShare(type) ? this.suite.share : 0);
		if (end < packet.length) this.takeShare(packet.subarray(end));
		return packet.subarray(payloadOffset(type), end);
	}

	records(role: Role, sessionKey: Uint8Array): Records {
		const { crypto, agreement } = this.#options;
		let dh: Uint8Array | undefined;
		try {
			const at = this.space;
			crypto.sha256(this.#room, this.#length, this.#room, at);
			dh = this.#pair && agreement!.agree(this.#pair, this.#peerShare!);
			const secrets = new Uint8Array(2 * KEY + (dh?.length ?? 0));
			this.key!.layMaster(secrets, KEY);
			secrets.set(sessionKey);
			if (dh) secrets.set(dh, 2 * KEY);
			return deriveRecords(crypto, role, this.#room.subarray(at, at + HASH), secrets);
		} finally {
			wipe(sessionKey, dh);
		}
	}

	wipe(): void {
		this.#pair?.wipe();
	}

	/** @param size octets of its additional data */
	private isGenuine(type: PacketType, packet: Uint8Array, size: number): boolean {
		const { handshakeCipher } = this.key!;
		const { header } = layouts[type]!;
		const room = this.#room;
		const at = this.space;
		const box = header + NONCE;
		if (handshakeCipher.openPacket) return handshakeCipher.openPacket(packet, header, room, at, size);
		return handshakeCipher.open(packet.subarray(header, box), room.subarray(at, at + size), packet.subarray(box));
	}

	private makeRoom(): void {
		let size = 0;
		for (let type = PacketType.HandshakeRequest; type <= PacketType.HandshakeSuccess; type++)
			size += packetSize(type as PacketType, layouts[type]!.payload as number, this.suite);
		this.#length = 0;
		this.#room = new Uint8Array(size + BOUND + this.#options.context.length);
	}

	/** Octets of all three packets; 0 before `makeRoom`. */
	private get space(): number {
		return this.#room.length && this.#room.length - BOUND - this.#options.context.length;
	}

	private hasShare(type: PacketType): boolean {
		return this.suite.share > 0 && layouts[type]!.share === true;
	}

	/** The checks of `protocol.md`, "Handshake", suite 0x02, which the arithmetic (the SDK's, for one) does not make. */
	private takeShare(share: Uint8Array): void {
		if (!this.#options.agreement!.isShare(share))
			throw new HandshakeError("malformed-packet", "its public key is not a point of P-256");
		// An observer has no pair, and compares what both sides sent.
		const other = this.#pair?.share ?? this.#peerShare;
		if (other && equalInConstantTime(share, other))
			throw new HandshakeError("malformed-packet", "its public key is the one that was sent to it");
		this.#peerShare = copy(share);
	}

	/** Refuses a request that came before, and one that this program itself has sent. */
	private checkFresh(request: Uint8Array): void {
		const { replays, registry, allowSelfConnection } = this.#options;
		if (replays?.isReplay(request, REQUEST_HEADER))
			throw new HandshakeError("authentication-failed", "this request came before: it is a replay");
		if (!allowSelfConnection && registry?.isOwn(this.#room.subarray(0, this.#length)))
			throw new HandshakeError("own-request");
	}

	private pickKey(request: Uint8Array): Key {
		const { keys, findKey } = this.#options;
		for (let i = 0; i < keys.length; i++) if (keys[i]!.isNamed(request, KEY_ID)) return keys[i]!;
		const id = toHex(request.subarray(KEY_ID, REQUEST_HEADER));
		const found = findKey?.(id);
		if (found?.isNamed(request, KEY_ID)) return found;
		throw new HandshakeError("unknown-key-id", `key id ${id}`);
	}

	/** Writes a packet's additional data after the packets; returns their number of octets. */
	private layAdditional(type: PacketType, packet: Uint8Array): number {
		const room = this.#room;
		const at = this.space;
		if (type === PacketType.HandshakeRequest) {
			const { context } = this.#options;
			room.set(VERSION, at);
			for (let i = 0; i < REQUEST_HEADER; i++) room[at + VERSION.length + i] = packet[i]!;
			const end = VERSION.length + REQUEST_HEADER;
			room.set(context, at + end);
			return end + context.length;
		}
		room[at] = type;
		this.#options.crypto.sha256(room, this.#length, room, at + 1);
		return BOUND;
	}
}

/** Octets of the HandshakeRequest that a server of the `original` profile sends first. */
const ORIGINAL_REQUEST = 25;

/** The default: AES-256-CCM, every packet authenticated. `protocol.md`, "Packets". */
export const secureProfile: Profile = Object.freeze<Profile>({
	name: "secure",
	layouts,
	challenger: "client",
	mutual: true,
	shortestMessage: 0,
	longestMessage: 0xffff,
	exchange: (options) => new SecureExchange(options),
	hint(role, type, pending) {
		if (role === "server" && type === undefined)
			return "nothing came, as from a client of the original profile, which waits for its server to begin";
		if (role === "client" && type === PacketType.HandshakeRequest && pending <= ORIGINAL_REQUEST)
			return "it looks like a server of the original profile";
		return undefined;
	},
});
