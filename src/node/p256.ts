import { createECDH, type ECDH } from "node:crypto";
import { type KeyPair, SHARE } from "../core/crypto.js";

/** Both coordinates follow (SEC 1 §2.3.3). */
const UNCOMPRESSED = 4;

class NodeKeyPair implements KeyPair {
	#ecdh: ECDH | undefined = createECDH("prime256v1");
	readonly share: Uint8Array;

	constructor(scalar: Uint8Array) {
		this.#ecdh!.setPrivateKey(scalar);
		this.share = new Uint8Array(this.#ecdh!.getPublicKey().subarray(1));
	}

	agree(share: Uint8Array): Uint8Array {
		const point = new Uint8Array(1 + SHARE);
		point[0] = UNCOMPRESSED;
		point.set(share, 1);
		return this.#ecdh!.computeSecret(point);
	}

	/** node:crypto offers no way to overwrite a scalar: OpenSSL clears it when the object is collected. */
	wipe(): void {
		this.#ecdh = undefined;
	}
}

export const newKeyPair = (scalar: Uint8Array): KeyPair => new NodeKeyPair(scalar);
