import { answerNumbers, answerWord, checkNumbers, WORD } from "./challenge.js";
import { PacketType, type Role, type Suite } from "./codec.js";
import { KEY } from "./crypto.js";
import { HandshakeError } from "./errors.js";
import type { Key } from "./key.js";
import { equalInConstantTime, wipe } from "./octets.js";
import type { RandomSource } from "./random.js";
import type { Records } from "./records.js";

/** What a wrong response may mean in a profile that does not authenticate it. */
export const UNAUTHENTICATED = "as when the keys, or the rounds, of both sides differ";

/** How a profile turns handshake payloads into packets and back, and derives records from the session key. */
export interface Exchange {
	/** The key of this handshake; on a server with several it is known once the request has named it. */
	readonly key: Key | undefined;
	/** The suite, likewise; undefined if the profile has none. */
	readonly suite?: Suite | undefined;
	/** Whether the responder challenges back; if not, its word proves that it has read the challenger's. */
	readonly mutual: boolean;
	/** A request's payload, `token u32 ‖ number1 u64 ‖ number2 u64`, fresh random. */
	numbers(): Uint8Array;
	/** The packet to send. Without `Platform.offHeap` it must not be changed during the handshake, since it is hashed later. */
	seal(type: PacketType, payload: Uint8Array): Uint8Array;
	/** Opens a packet in place and returns its payload. @throws HandshakeError if it is not genuine */
	open(type: PacketType, packet: Uint8Array): Uint8Array;
	/** The session's records; the session key is wiped. */
	records(role: Role, sessionKey: Uint8Array): Records;
	/** Forgets the secrets of a handshake that is not finished. */
	wipe?(): void;
}

/** One side of a handshake, which runs once and is consumed by `finish`. `protocol.md`, "Handshake". */
export interface Handshake {
	/** The packet that it expects; undefined once it has succeeded. */
	readonly expects: PacketType | undefined;
	/** The packet that this side sends as soon as TCP is connected, if any. */
	begin(): Uint8Array | undefined;
	/**
	 * Takes the expected packet and returns the answer to send, if any.
	 * @throws HandshakeError if a check fails: the connection must be closed without sending anything
	 */
	read(packet: Uint8Array): Uint8Array | undefined;
	/** The records of the session. */
	finish(role: Role): Records;
	wipe(): void;
}

/**
 * Sends HandshakeRequest, checks the response and sends HandshakeSuccess with a fresh session key. The response's word is a
 * challenge or, if only one side challenges, `token XOR low32(sum) XOR low32(xor)`, to which the answer is zero.
 */
export class Challenger implements Handshake {
	readonly #exchange: Exchange;
	readonly #random: RandomSource;
	#request: Uint8Array | undefined;
	#response: Uint8Array | undefined;
	/** answer ‖ session key; nothing else shares its buffer. */
	#secret: Uint8Array | undefined;
	#sessionKey: Uint8Array | undefined;
	expects: PacketType | undefined = PacketType.HandshakeResponse;

	constructor(exchange: Exchange, random: RandomSource) {
		this.#exchange = exchange;
		this.#random = random;
	}

	begin(): Uint8Array {
		this.#request = this.#exchange.numbers();
		return this.#exchange.seal(PacketType.HandshakeRequest, this.#request);
	}

	read(packet: Uint8Array): Uint8Array {
		const request = this.#request!;
		const response = this.#exchange.open(PacketType.HandshakeResponse, packet);
		this.#response = response;
		const { mutual } = this.#exchange;
		const detail = mutual ? undefined : UNAUTHENTICATED;
		checkNumbers(request, response, detail);
		const secret = new Uint8Array(WORD + KEY);
		this.#secret = secret;
		const answer = answerWord(request, response, secret);
		if (!mutual && answer[0]! | answer[1]! | answer[2]! | answer[3]!) throw new HandshakeError("wrong-answer", detail);
		const sessionKey = secret.subarray(WORD);
		this.#sessionKey = sessionKey;
		this.#random.fill(sessionKey);
		const success = this.#exchange.seal(PacketType.HandshakeSuccess, mutual ? secret : sessionKey);
		wipe(request, response);
		this.expects = undefined;
		return success;
	}

	finish(role: Role): Records {
		const records = this.#exchange.records(role, this.#sessionKey!);
		wipe(this.#secret);
		return records;
	}

	wipe(): void {
		wipe(this.#request, this.#response, this.#secret);
		this.#exchange.wipe?.();
	}
}

/** Answers a HandshakeRequest, with a challenge of its own if both sides challenge, and takes the session key from HandshakeSuccess. */
export class Responder implements Handshake {
	readonly #exchange: Exchange;
	readonly #random: RandomSource;
	#answer: Uint8Array | undefined;
	#sessionKey: Uint8Array | undefined;
	expects: PacketType | undefined = PacketType.HandshakeRequest;

	constructor(exchange: Exchange, random: RandomSource) {
		this.#exchange = exchange;
		this.#random = random;
	}

	begin(): undefined {}

	read(packet: Uint8Array): Uint8Array | undefined {
		if (this.expects === PacketType.HandshakeSuccess) {
			this.accept(packet);
			return undefined;
		}
		const request = this.#exchange.open(PacketType.HandshakeRequest, packet);
		const { mutual } = this.#exchange;
		const response = answerNumbers(request, mutual ? this.#random.draw(WORD) : new Uint8Array(WORD));
		this.#answer = answerWord(request, response);
		if (!mutual) response.set(this.#answer);
		const sealed = this.#exchange.seal(PacketType.HandshakeResponse, response);
		wipe(request, response);
		this.expects = PacketType.HandshakeSuccess;
		return sealed;
	}

	finish(role: Role): Records {
		return this.#exchange.records(role, this.#sessionKey!);
	}

	wipe(): void {
		wipe(this.#answer, this.#sessionKey);
		this.#exchange.wipe?.();
	}

	private accept(packet: Uint8Array): void {
		const success = this.#exchange.open(PacketType.HandshakeSuccess, packet);
		const { mutual } = this.#exchange;
		const right = !mutual || equalInConstantTime(success.subarray(0, WORD), this.#answer!);
		this.#sessionKey = success.subarray(mutual ? WORD : 0);
		wipe(this.#answer);
		if (!right) throw new HandshakeError("wrong-answer");
		this.expects = undefined;
	}
}
