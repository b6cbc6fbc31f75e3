import { ask } from "./native.js";

class KeyPair {
	#scalar;

	constructor(scalar) {
		this.#scalar = scalar.slice();
		this.share = ask("g", this.#scalar);
	}

	agree(share) {
		return ask("d", this.#scalar, share);
	}

	wipe() {
		this.#scalar.fill(0);
	}
}

/** As `src/p256/key-pair.ts`, whose arithmetic a device has. */
export const newKeyPair = (scalar) => new KeyPair(scalar);
