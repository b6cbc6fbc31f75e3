import { KEY } from "../core/crypto.js";
import { Key as CoreKey, keyFromHex, keyFromWords } from "../core/key.js";
import { wipe } from "../core/octets.js";
import { moddableCrypto } from "./crypto.js";
import { moddablePlatform } from "./platform.js";

/** A 256-bit handshake key: uniformly random, never a passphrase. It is never printed; its `id` names it. */
export class Key extends CoreKey {
	/**
	 * @param octets 32 octets, which are copied
	 * @throws TypeError, RangeError
	 */
	constructor(octets: Uint8Array) {
		super(octets, moddableCrypto);
	}

	/** From 64 hex digits. @throws TypeError, RangeError */
	static fromHex(hex: string): Key {
		return Key.#take(keyFromHex(hex));
	}

	/** From the eight 32-bit words that the C++ library takes. @throws TypeError, RangeError */
	static fromWords(words: ArrayLike<number>): Key {
		return Key.#take(keyFromWords(words));
	}

	static #take(octets: Uint8Array): Key {
		const key = new Key(octets);
		wipe(octets);
		return key;
	}

	/**
	 * 32 fresh octets from a cryptographic source, for `new Key`.
	 * @throws HandshakeError "random-source" if it fails or repeats itself
	 */
	static randomOctets(): Uint8Array {
		return moddablePlatform.random.draw(KEY);
	}
}
