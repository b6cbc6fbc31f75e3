import { type Cipher, createCipheriv } from "node:crypto";
import { type AesModes, Ccm } from "../../src/core/portable/ccm.js";
import { completeCrypto } from "../../src/core/portable/crypto.js";
import { nodeCrypto } from "../../src/node/crypto.js";

export { hex } from "../../src/selftest/vectors.js";

export const text = (message: string): Uint8Array => new TextEncoder().encode(message);

/** AES-256 in CBC and CTR mode by node:crypto: what the platforms without CCM of their own offer. */
export class NodeAesModes implements AesModes {
	readonly #key: Uint8Array;
	#cbc: Cipher | undefined;
	#ctr: Cipher | undefined;

	constructor(key: Uint8Array) {
		this.#key = key.slice();
	}

	cbcBegin(): void {
		this.#cbc = createCipheriv("aes-256-cbc", this.#key, new Uint8Array(16)).setAutoPadding(false);
	}

	cbcFeed(blocks: Uint8Array, mac: Uint8Array): void {
		mac.set(this.#cbc!.update(blocks).subarray(-16));
	}

	ctrBegin(counter: Uint8Array): void {
		this.#ctr = createCipheriv("aes-256-ctr", this.#key, counter);
	}

	ctrFeed(octets: Uint8Array): void {
		octets.set(this.#ctr!.update(octets));
	}

	wipe(): void {
		this.#key.fill(0);
	}
}

/** node:crypto, but with the core's own CCM. */
export const ccmCrypto = completeCrypto({ ...nodeCrypto, aead: (key) => new Ccm(new NodeAesModes(key)) });

/** Frees the cipher contexts that other tests' keys still hold: idle keys lose theirs, one at a time. */
export function freeContexts(): void {
	const box = new Uint8Array(36);
	const aeads = Array.from({ length: 512 }, () => nodeCrypto.aead(new Uint8Array(32)));
	for (const aead of aeads) for (let i = 0; i < 3 + 64; i++) aead.seal(new Uint8Array(13), Uint8Array.of(1), box);
	for (const aead of aeads) aead.wipe();
}
