import { CHALLENGE } from "./challenge.js";
import { boxOffset, layouts, PacketType, packetSize, payloadOffset, type Role, type Suite, suiteOf } from "./codec.js";
import { type Crypto, type KeyAgreement, type KeyPair, NONCE, TAG } from "./crypto.js";
import { HandshakeError } from "./errors.js";
import type { Exchange } from "./handshake.js";
import type { Key } from "./key.js";
import { ascii, copy, equalInConstantTime, join, nothing, toHex, wipe } from "./octets.js";
import type { Profile } from "./profile.js";
import type { RandomSource } from "./random.js";
import { deriveRecords, type Records } from "./records.js";
import type { Registry } from "./registry.js";
import type { Replays } from "./replays.js";

const VERSION = ascii("LightweightSecureTCP 2");
const KEY_ID = 2;
const REQUEST_HEADER = 10;

export interface SecureExchangeOptions {
	crypto: Crypto;
	random: RandomSource;
	/** A client uses the first; a server picks by the request's key id. */
	keys: readonly Key[];
	/** Where a server looks for a key that is not among them, by its id of 16 hex digits. */
	findKey?: ((keyId: string) => Key | undefined) | undefined;
	/** A client asks for the first; a server accepts all. */
	suites: readonly Suite[];
	/** For suites with a share. */
	agreement?: KeyAgreement | undefined;
	/** 0 to 255 octets that both sides are configured with and that never travel. */
	context: Uint8Array;
	/** A server's: the requests that were here before, whoever sends them again. */
	replays?: Replays | undefined;
	/** Where a server looks for requests of its own program, unless it may talk to itself. */
	registry?: Registry | undefined;
	allowSelfConnection?: boolean | undefined;
}

/** The `secure` profile's packets: AES-256-CCM under K_hs, each bound to all that was sent before it. */
export class SecureExchange implements Exchange {
	readonly mutual = true;
	key: Key | undefined;
	suite: Suite;
	readonly #options: SecureExchangeOptions;
	#pair: KeyPair | undefined;
	#peerShare: Uint8Array | undefined;
	/** Room for all three packets as they travel, one behind the other, and how many octets of them are there. */
	#packets = nothing;
	#length = 0;

	constructor(options: SecureExchangeOptions) {
		this.#options = options;
		this.key = options.keys[0];
		this.suite = options.suites[0]!;
	}

	numbers(): Uint8Array {
		return this.#options.random.draw(CHALLENGE);
	}

	seal(type: PacketType, payload: Uint8Array): Uint8Array {
		if (type === PacketType.HandshakeRequest) this.makeRoom();
		const key = this.key!;
		const packet = new Uint8Array(packetSize(type, payload.length, this.suite));
		try {
			packet[0] = type;
			if (type === PacketType.HandshakeRequest) {
				packet[1] = this.suite.code;
				packet.set(key.idOctets, KEY_ID);
			}
			const box = boxOffset(type);
			packet.set(payload, box + TAG);
			if (this.hasShare(type)) {
				this.#pair = this.#options.agreement!.take();
				packet.set(this.#pair.share, box + TAG + payload.length);
			}
			const nonce = packet.subarray(box - NONCE, box);
			this.#options.random.fill(nonce);
			key.handshake.seal(nonce, this.additional(type, packet), packet.subarray(box));
		} catch (error) {
			wipe(packet);
			throw error;
		}
		this.#packets.set(packet, this.#length);
		this.#length += packet.length;
		return packet;
	}

	open(type: PacketType, packet: Uint8Array): Uint8Array {
		if (type === PacketType.HandshakeRequest) {
			this.suite = suiteOf(this.#options.suites, packet[1])!;
			this.key = this.pickKey(packet.subarray(KEY_ID, REQUEST_HEADER));
			this.makeRoom();
		}
		const additional = this.additional(type, packet);
		const box = boxOffset(type);
		const nonce = packet.subarray(box - NONCE, box);
		// Who looks on may have missed those before it.
		const fits = this.#length + packet.length <= this.#packets.length;
		if (fits) this.#packets.set(packet, this.#length);
		if (!fits || !this.key!.handshake.open(nonce, additional, packet.subarray(box)))
			throw new HandshakeError("authentication-failed");
		this.#length += packet.length;
		if (type === PacketType.HandshakeRequest) this.checkFresh(nonce);
		const end = packet.length - (this.hasShare(type) ? this.suite.share : 0);
		if (end < packet.length) this.takeShare(packet.subarray(end));
		return packet.subarray(payloadOffset(type), end);
	}

	records(role: Role, sessionKey: Uint8Array): Records {
		const { crypto, agreement } = this.#options;
		let dh: Uint8Array | undefined;
		try {
			const transcript = crypto.sha256(this.packets);
			dh = this.#pair && agreement!.agree(this.#pair, this.#peerShare!);
			return deriveRecords(crypto, role, transcript, join(sessionKey, this.key!.master, dh ?? nothing));
		} finally {
			wipe(sessionKey, dh);
		}
	}

	wipe(): void {
		this.#pair?.wipe();
	}

	private makeRoom(): void {
		let size = 0;
		for (let type = PacketType.HandshakeRequest; type <= PacketType.HandshakeSuccess; type++)
			size += packetSize(type as PacketType, layouts[type]!.payload as number, this.suite);
		this.#packets = new Uint8Array(size);
	}

	/** Those that were sent and received. */
	private get packets(): Uint8Array {
		return this.#packets.subarray(0, this.#length);
	}

	private hasShare(type: PacketType): boolean {
		return this.suite.share > 0 && layouts[type]!.share === true;
	}

	/** `protocol.md`, "The handshake", suite 0x02: what the SDK's and others' arithmetic does not check. */
	private takeShare(share: Uint8Array): void {
		if (!this.#options.agreement!.isShare(share))
			throw new HandshakeError("malformed-packet", "its public key is not a point of P-256");
		// Who looks on has no pair, and compares what both sides sent.
		const other = this.#pair?.share ?? this.#peerShare;
		if (other && equalInConstantTime(share, other))
			throw new HandshakeError("malformed-packet", "its public key is the one that was sent to it");
		this.#peerShare = copy(share);
	}

	/** Refuses a request that was here before, and one that this program itself has sent. */
	private checkFresh(nonce: Uint8Array): void {
		const { replays, registry, allowSelfConnection } = this.#options;
		if (replays?.isReplay(nonce))
			throw new HandshakeError("authentication-failed", "this very request was here before: it is a replay");
		if (!allowSelfConnection && registry?.isOwn(this.packets)) throw new HandshakeError("own-request");
	}

	private pickKey(id: Uint8Array): Key {
		const { keys, findKey } = this.#options;
		for (let i = 0; i < keys.length; i++) if (isNamed(keys[i]!, id)) return keys[i]!;
		const found = findKey?.(toHex(id));
		if (found && isNamed(found, id)) return found;
		throw new HandshakeError("unknown-key-id", `key id ${toHex(id)}`);
	}

	private additional(type: PacketType, packet: Uint8Array): Uint8Array {
		if (type === PacketType.HandshakeRequest)
			return join(VERSION, packet.subarray(0, REQUEST_HEADER), this.#options.context);
		const digest = this.#options.crypto.sha256(this.packets);
		const additional = new Uint8Array(1 + digest.length);
		additional[0] = type;
		additional.set(digest, 1);
		return additional;
	}
}

const isNamed = (key: Key, id: Uint8Array) => !key.wiped && equalInConstantTime(key.idOctets, id);

/** Octets of the HandshakeRequest with which a server of the `original` profile greets. */
const ORIGINAL_REQUEST = 25;

/** The default: AES-256-CCM, every packet authenticated. `protocol.md`, "The `secure` profile". */
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
