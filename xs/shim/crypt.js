import { ask, make } from "./native.js";

class BlockCipher {
	constructor(_cipher, key) {
		this.key = key;
	}
}

class Mode {
	#id;

	constructor(mode, cipher) {
		this.#id = make("m", Uint8Array.of(mode === "CTR"), cipher.key);
	}

	setIV(iv) {
		ask("v", this.#id, iv);
	}

	encrypt(data, result) {
		new Uint8Array(result).set(ask("u", this.#id, data));
		return result;
	}

	decrypt(data, result) {
		result.set(ask("u", this.#id, data));
		return result;
	}
}

export default Object.freeze({ BlockCipher, Mode });
