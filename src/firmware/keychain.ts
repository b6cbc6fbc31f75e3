import { Key } from "../moddable/index.js";
import { forgetNextKey, nextKey, promoteNextKey, storeNextKey } from "./keys.js";

/** Attempts with one of two keys before the other has its turn. */
const TURN = 3;

/**
 * The key in use and, once one was handed over, the next: that one is tried first, and kept alone as soon as a session
 * stands with it. Where it does not connect, the old one does, and stays. Both are in NVS, so that it survives a restart.
 */
export class Keychain {
	#current: Key;
	#next: Key | undefined = nextKey();
	/** Failures in a row that a wrong key explains. */
	#failures = 0;

	constructor(current: Key) {
		this.#current = current;
	}

	/** The key for the next attempt of a client. */
	get key(): Key {
		return this.#next && Math.floor(this.#failures / TURN) % 2 === 0 ? this.#next : this.#current;
	}

	/** The keys of a server. */
	get keys(): readonly Key[] {
		return this.#next ? [this.#current, this.#next] : [this.#current];
	}

	/** An attempt has failed as it does with a wrong key. */
	failed(): void {
		this.#failures++;
	}

	/**
	 * Keeps a key for the next sessions.
	 * @throws Error where it is not the one that `keyId` names, or NVS does not take it
	 */
	offer(hex: string, keyId: string): Key {
		const key = Key.fromHex(hex);
		if (key.id !== keyId) throw new Error(`a key with the id ${key.id} came where ${keyId || "none"} was announced`);
		storeNextKey(hex);
		this.#next = key;
		this.#failures = 0;
		return key;
	}

	/** A session stands. Answers the key that is of no use any more, if there is one. */
	opened(keyId: string): Key | undefined {
		const next = this.#next;
		this.#failures = 0;
		if (!next) return undefined;
		this.#next = undefined;
		if (keyId !== next.id) {
			forgetNextKey();
			return next;
		}
		const old = this.#current;
		this.#current = next;
		promoteNextKey();
		return old;
	}
}
