import { NONCE } from "./crypto.js";

/**
 * The nonces of the requests that a server has answered lately. A request that comes again is refused, so that recorded ones cannot
 * occupy the server's places for handshakes.
 */
export class Replays {
	readonly #nonces: Uint8Array;
	#next = 0;

	constructor(most: number) {
		this.#nonces = new Uint8Array(most * NONCE);
	}

	/** Whether a request with the nonce at `from` came before; it is remembered from now on. */
	isReplay(request: Uint8Array, from: number): boolean {
		const nonces = this.#nonces;
		const first = request[from];
		for (let at = 0; at < nonces.length; at += NONCE) {
			if (nonces[at] !== first) continue;
			let i = 1;
			while (i < NONCE && nonces[at + i] === request[from + i]) i++;
			if (i === NONCE) return true;
		}
		for (let i = 0; i < NONCE; i++) nonces[this.#next + i] = request[from + i]!;
		this.#next = (this.#next + NONCE) % nonces.length;
		return false;
	}
}
