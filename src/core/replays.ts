import { NONCE } from "./crypto.js";

/**
 * The requests that a server has answered lately, by their nonces, so that who has recorded some cannot hold its places with
 * them: each counts once while it is remembered.
 */
export class Replays {
	readonly #nonces: Uint8Array;
	#next = 0;

	constructor(most: number) {
		this.#nonces = new Uint8Array(most * NONCE);
	}

	/** Whether a request with this nonce was here before; it is remembered from now on. */
	isReplay(nonce: Uint8Array): boolean {
		const nonces = this.#nonces;
		for (let at = 0; at < nonces.length; at += NONCE) {
			let i = 0;
			while (i < NONCE && nonces[at + i] === nonce[i]) i++;
			if (i === NONCE) return true;
		}
		nonces.set(nonce, this.#next);
		this.#next = (this.#next + NONCE) % nonces.length;
		return false;
	}
}
