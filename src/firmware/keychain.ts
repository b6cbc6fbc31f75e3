import type { Key } from "../moddable/index.js";
import { forgetNextKey, keyWithId, nextKey, promoteNextKey, storeNextKey } from "./keys.js";

/** The number of attempts with one of two keys before the other is tried. */
const TURN = 3;

/**
 * The current key and, once one was handed over, the next one, which is tried first. As soon as a session is established with the next
 * key, only that is kept; if it fails and the old one connects, only the old one is. Both are in NVS and survive a restart.
 */
export class Keychain {
	readonly #serves: boolean;
	#current: Key;
	#next: Key | undefined;
	/** The number of consecutive failures that a wrong key could explain. */
	#failures = 0;

	/** @param serves whether peers choose the key, so that their using the old one says nothing about the next */
	constructor(current: Key, serves: boolean) {
		this.#serves = serves;
		this.#current = current;
		try {
			this.#next = nextKey();
		} catch {
			// It is damaged: the next one that is handed over replaces it.
		}
		if (!this.#next?.equals(current)) return;
		// Power failed in the middle of a change.
		this.#next.wipe();
		this.#next = undefined;
		try {
			promoteNextKey();
		} catch {
			// NVS does not take it: the next start tries again.
		}
	}

	/** The key for the next attempt of a client. */
	get key(): Key {
		return this.#next && Math.floor(this.#failures / TURN) % 2 === 0 ? this.#next : this.#current;
	}

	/** The keys of a server; for a client, those that its server may announce. */
	get keys(): readonly Key[] {
		return this.#next ? [this.#current, this.#next] : [this.#current];
	}

	/** An attempt has failed in a way that a wrong key could explain. */
	failed(): void {
		this.#failures++;
	}

	/**
	 * Keeps a key for future sessions, and returns the one that it replaces, if any, to be wiped.
	 * @param accept called with the key before it is kept, unless it is known already
	 * @param refuse called with it then if it cannot be kept
	 * @throws Error if it is not the key that `keyId` names, or NVS does not take it
	 */
	offer(hex: string, keyId: string, accept: (next: Key) => void, refuse: (next: Key) => void): Key | undefined {
		const key = keyWithId(hex, keyId);
		if (this.keys.some((known) => known.equals(key))) {
			key.wipe();
			return undefined;
		}
		accept(key);
		try {
			storeNextKey(hex);
		} catch (error) {
			refuse(key);
			key.wipe();
			throw error;
		}
		const replaced = this.#next;
		this.#next = key;
		this.#failures = 0;
		return replaced;
	}

	/** A session is established. Returns the key that is no longer used, if there is one, to be wiped. */
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
