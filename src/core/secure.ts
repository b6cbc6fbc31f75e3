import { CHALLENGE } from "./challenge.js";
import { boxOffset, layouts, PacketType, packetSize, payloadOffset, type Role, type Suite } from "./codec.js";
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
	readonly #options: SecureExchangeOptions;
	#key: Key | undefined;
	#suite: Suite;
	#pair: KeyPair | undefined;
	#peerShare: Uint8Array | undefined;
	/** The packets so far, as sent: joined, since on a device each array costs seven slots. */
	#transcript = nothing;

	constructor(options: SecureExchangeOptions) {
		this.#options = options;
		this.#key = options.keys[0];
		this.#suite = options.suites[0]!;
	}

	readonly mutual = true;

	get key(): Key | undefined {
		return this.#key;
	}

	get suite(): Suite {
		return this.#suite;
	}

	numbers(): Uint8Array {
		return this.#options.random.draw(CHALLENGE);
	}

	seal(type: PacketType, payload: Uint8Array): Uint8Array {
		const packet = new Uint8Array(packetSize(type, payload.length, this.#suite));
		packet[0] = type;
		if (type === PacketType.HandshakeRequest) {
			packet[1] = this.#suite.code;
			packet.set(this.#key!.idOctets, KEY_ID);
		}
		const box = boxOffset(type);
		packet.set(payload, box + TAG);
		if (this.hasShare(type)) {
			this.#pair = this.#options.agreement!.take();
			packet.set(this.#pair.share, box + TAG + payload.length);
		}
		const nonce = this.#options.random.draw(NONCE);
		packet.set(nonce, box - NONCE);
		this.#key!.handshake.seal(nonce, this.additional(type, packet), packet.subarray(box));
		this.#transcript = join(this.#transcript, packet);
		return packet;
	}

	open(type: PacketType, packet: Uint8Array): Uint8Array {
		if (type === PacketType.HandshakeRequest) {
			this.#suite = this.#options.suites.find(({ code }) => code === packet[1])!;
			this.pickKey(packet);
		}
		const transcript = join(this.#transcript, packet);
		const additional = this.additional(type, packet);
		const box = boxOffset(type);
		if (!this.#key!.handshake.open(packet.subarray(box - NONCE, box), additional, packet.subarray(box)))
			throw new HandshakeError("authentication-failed");
		this.#transcript = transcript;
		if (type === PacketType.HandshakeRequest) this.checkFresh(transcript);
		const payload = packet.subarray(payloadOffset(type));
		if (!this.hasShare(type)) return payload;
		const at = payload.length - this.#suite.share;
		this.takeShare(payload.subarray(at));
		return payload.subarray(0, at);
	}

	records(role: Role, sessionKey: Uint8Array): Records {
		const { crypto } = this.#options;
		const dh = this.#pair ? this.#options.agreement!.agree(this.#pair, this.#peerShare!) : undefined;
		const { master } = this.#key!;
		const secrets = dh ? join(sessionKey, master, dh) : join(sessionKey, master);
		wipe(sessionKey, dh);
		return deriveRecords(crypto, role, crypto.sha256(this.#transcript), secrets);
	}

	wipe(): void {
		this.#pair?.wipe();
	}

	private hasShare(type: PacketType): boolean {
		return this.#suite.share > 0 && layouts[type]!.share === true;
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
	private checkFresh(request: Uint8Array): void {
		const { replays, registry, allowSelfConnection } = this.#options;
		const box = boxOffset(PacketType.HandshakeRequest);
		if (replays?.isReplay(request.subarray(box - NONCE, box)))
			throw new HandshakeError("authentication-failed", "this very request was here before: it is a replay");
		if (!allowSelfConnection && registry?.isOwn(request)) throw new HandshakeError("own-request");
	}

	private pickKey(request: Uint8Array): void {
		const id = request.subarray(KEY_ID, REQUEST_HEADER);
		const { keys, findKey } = this.#options;
		const has = (key: Key | undefined) => key && !key.wiped && equalInConstantTime(key.idOctets, id);
		let key = keys.find(has);
		if (!key && findKey) {
			const found = findKey(toHex(id));
			if (has(found)) key = found;
		}
		if (!key) throw new HandshakeError("unknown-key-id", `key id ${toHex(id)}`);
		this.#key = key;
	}

	private additional(type: PacketType, packet: Uint8Array): Uint8Array {
		if (type === PacketType.HandshakeRequest)
			return join(VERSION, packet.subarray(0, REQUEST_HEADER), this.#options.context);
		return join(Uint8Array.of(type), this.#options.crypto.sha256(this.#transcript));
	}
}

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
