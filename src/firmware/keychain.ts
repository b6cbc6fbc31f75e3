import { Key } from "../moddable/index.js";
import { forgetNextKey, nextKey, promoteNextKey, storeNextKey } from "./keys.js";

/** Attempts with one of two keys before the other has its turn. */
const TURN = 3;

/**
 * The key in use and, once one was handed over, the next: that one is tried first, and kept alone as soon as a session
 * stands with it. Where it does not connect, the old one does, and stays. Both are in NVS, so that it survives a restart.
 */
export class Keychain {
	readonly #serves: boolean;
	#current: Key;
	#next: Key | undefined;
	/** Failures in a row that a wrong key explains. */
	#failures = 0;

	/** @param serves whether peers choose the key: one that uses the old one says nothing of the next then */
	constructor(current: Key, serves: boolean) {
		this.#serves = serves;
		this.#current = current;
		this.#next = nextKey();
		// Power may have gone between the last two steps of a change.
		if (this.#next?.equals(current)) this.#forgetNext();
	}

	/** The key for the next attempt of a client. */
	get key(): Key {
		return this.#next && Math.floor(this.#failures / TURN) % 2 === 0 ? this.#next : this.#current;
	}

	/** The keys of a server, and those that a server to connect to may announce. */
	get keys(): readonly Key[] {
		return this.#next ? [this.#current, this.#next] : [this.#current];
	}

	/** An attempt has failed as it does with a wrong key. */
	failed(): void {
		this.#failures++;
	}

	/**
	 * Keeps a key for the next sessions, and answers the one that was to be it until now.
	 * @param accept called with it before it is kept, unless it is known already
	 * @throws Error where it is not the one that `keyId` names, or NVS does not take it
	 */
	offer(hex: string, keyId: string, accept: (next: Key) => void): Key | undefined {
		const key = Key.fromHex(hex);
		if (key.id !== keyId) throw new Error(`a key with the id ${key.id} came where ${keyId || "none"} was announced`);
		if (this.keys.some((known) => known.equals(key))) return undefined;
		accept(key);
		storeNextKey(hex);
		const replaced = this.#next;
		this.#next = key;
		this.#failures = 0;
		return replaced;
	}

	/** A session stands. Answers the key that is of no use any more, if there is one. */
	opened(keyId: string): Key | undefined {
		const next = this.#next;
		this.#failures = 0;
		if (!next) return undefined;
		if (keyId !== next.id) {
			if (this.#serves) return undefined;
			this.#forgetNext();
			return next;
		}
		const old = this.#current;
		promoteNextKey();
		this.#current = next;
		this.#next = undefined;
		return old;
	}

	#forgetNext(): void {
		this.#next = undefined;
		forgetNextKey();
	}
}
