import { createCipheriv, createDecipheriv, createHash, randomFillSync } from "node:crypto";
import { type Aead, type Crypto, TAG } from "../core/crypto.js";
import { copy, wipe } from "../core/octets.js";

const ALGORITHM = "aes-256-ccm";

class NodeCcm implements Aead {
	readonly #key: Uint8Array;

	constructor(key: Uint8Array) {
		this.#key = copy(key);
	}

	seal(nonce: Uint8Array, additional: Uint8Array, box: Uint8Array): void {
		const cipher = createCipheriv(ALGORITHM, this.#key, nonce, { authTagLength: TAG });
		cipher.setAAD(additional, { plaintextLength: box.length - TAG });
		box.set(cipher.update(box.subarray(TAG)), TAG);
		cipher.final();
		box.set(cipher.getAuthTag());
	}

	open(nonce: Uint8Array, additional: Uint8Array, box: Uint8Array): boolean {
		const text = box.subarray(TAG);
		const decipher = createDecipheriv(ALGORITHM, this.#key, nonce, { authTagLength: TAG });
		decipher.setAuthTag(box.subarray(0, TAG));
		decipher.setAAD(additional, { plaintextLength: text.length });
		try {
			// Node 20 checks the tag in update(), and for an empty text only where it is a view into a longer buffer: a box is.
			const plain = decipher.update(text);
			decipher.final();
			text.set(plain);
			wipe(plain);
			return true;
		} catch {
			wipe(text);
			return false;
		}
	}

	wipe(): void {
		wipe(this.#key);
	}
}

/** node:crypto behind the core's interface. */
export const nodeCrypto: Crypto = {
	aead: (key) => new NodeCcm(key),
	sha256(...parts) {
		const hash = createHash("sha256");
		for (const part of parts) hash.update(part);
		const digest = hash.digest();
		return new Uint8Array(digest.buffer, digest.byteOffset, digest.length);
	},
	random: (octets) => {
		randomFillSync(octets);
	},
};
