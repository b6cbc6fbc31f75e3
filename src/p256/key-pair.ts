import type { KeyPair } from "../core/crypto.js";
import { copy, wipe } from "../core/octets.js";
import { publicKey, secret } from "./multiply.js";

class DeviceKeyPair implements KeyPair {
	readonly #scalar: Uint8Array;
	readonly share: Uint8Array;

	constructor(scalar: Uint8Array) {
		this.share = publicKey(scalar);
		this.#scalar = copy(scalar);
	}

	agree(share: Uint8Array): Uint8Array {
		return secret(this.#scalar, share);
	}

	wipe(): void {
		wipe(this.#scalar);
	}
}

/** A key pair by the platform's arithmetic, which `manifest.json` selects. */
export const newKeyPair = (scalar: Uint8Array): KeyPair => new DeviceKeyPair(scalar);
