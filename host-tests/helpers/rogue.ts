import { answerNumbers, answerWord } from "../../src/core/challenge.js";
import { newRecord, PacketType, payloadOffset, type Suite, suites } from "../../src/core/codec.js";
import type { Key } from "../../src/core/key.js";
import { join } from "../../src/core/octets.js";
import { P256 } from "../../src/core/p256/p256.js";
import { RandomSource } from "../../src/core/random.js";
import type { Records } from "../../src/core/records.js";
import { SecureExchange } from "../../src/core/secure.js";
import { nodeCrypto } from "../../src/node/crypto.js";
import { newKeyPair } from "../../src/node/p256.js";
import { newKey } from "./pair.js";

type Alter = (payload: Uint8Array) => void;

/** A peer that holds the key and seals correctly whatever it is given, valid or not. */
export class Rogue {
	readonly #exchange: SecureExchange;
	readonly #request = new Uint8Array(20).map((_, i) => i * 11);
	#records: Records | undefined;

	constructor(key: Key = newKey(), suite: Suite = suites.psk, newPair = newKeyPair) {
		const random = new RandomSource(nodeCrypto);
		this.#exchange = new SecureExchange({
			crypto: nodeCrypto,
			random,
			agreement: new P256(newPair, random),
			keys: [key],
			suites: [suite],
			context: new Uint8Array(0),
		});
	}

	request(): Uint8Array {
		return this.#exchange.seal(PacketType.HandshakeRequest, this.#request.slice());
	}

	response(request: Uint8Array, alter: Alter = () => {}): Uint8Array {
		const asked = this.#exchange.open(PacketType.HandshakeRequest, request.slice());
		const payload = answerNumbers(asked, Uint8Array.of(1, 2, 3, 4));
		alter(payload);
		return this.#exchange.seal(PacketType.HandshakeResponse, payload);
	}

	success(response: Uint8Array, alter: Alter = () => {}): Uint8Array {
		const answered = this.#exchange.open(PacketType.HandshakeResponse, response.slice());
		const sessionKey = new Uint8Array(32).fill(9);
		const payload = join(answerWord(this.#request, answered), sessionKey);
		alter(payload);
		const success = this.#exchange.seal(PacketType.HandshakeSuccess, payload);
		this.#records = this.#exchange.records("client", sessionKey);
		return success;
	}

	/** As a server: takes HandshakeSuccess, so that `record` can follow. */
	accept(success: Uint8Array): void {
		const payload = this.#exchange.open(PacketType.HandshakeSuccess, success.slice());
		this.#records = this.#exchange.records("server", payload.slice(4));
	}

	/** The next record of its direction, correctly sealed. */
	record(type: PacketType, plain: Uint8Array = new Uint8Array(0)): Uint8Array {
		const record = newRecord(type, plain.length);
		record.set(plain, payloadOffset(type));
		this.#records!.write.seal(record, payloadOffset(type) - 16);
		return record;
	}
}
