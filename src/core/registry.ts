import { LightweightSecureError } from "./errors.js";
import type { Key } from "./key.js";
import type { ProfileName } from "./profile.js";

function sameFromTheEnd(a: Uint8Array, b: Uint8Array): boolean {
	let i = a.length;
	if (i !== b.length) return false;
	while (i > 0 && a[i - 1] === b[i - 1]) i--;
	return i === 0;
}

/**
 * What a whole process must remember, by key id, since two `Key` objects may hold the same octets. A program has one; tests
 * make their own.
 */
export class Registry {
	/** The key of `LightweightSecureTCP.setHandshakeKey`. */
	handshakeKey: Key | undefined;
	/** The switch of `LightweightSecureTCP.enableDebug`. */
	debug = false;
	/** Whether the `original` profile's warning was given. */
	warned = false;
	readonly #profiles = new Map<string, ProfileName>();
	readonly #requests: Uint8Array[] = [];

	/**
	 * Notes that keys are used in `profile`, all of them or none. `protocol.md`, "Keys": a key serves one profile only.
	 * @throws LightweightSecureError `LST_KEY_IN_OTHER_PROFILE`
	 */
	claim(keyIds: readonly string[], profile: ProfileName): void {
		for (const keyId of keyIds) {
			const other = this.#profiles.get(keyId);
			if (other && other !== profile)
				throw new LightweightSecureError(
					"LST_KEY_IN_OTHER_PROFILE",
					`key ${keyId} is in use in the ${other} profile and must not serve ${profile} too; make another with \`lst keygen\``,
				);
		}
		for (const keyId of keyIds) this.#profiles.set(keyId, profile);
	}

	/** Keeps a request of this program, which contains its key's id, until `forget`. `protocol.md`, "Handshake", Own requests. */
	remember(request: Uint8Array): void {
		this.#requests.push(request);
	}

	forget(request: Uint8Array): void {
		const index = this.#requests.indexOf(request);
		if (index >= 0) this.#requests.splice(index, 1);
	}

	/** Whether one of this program's clients sent these octets. Compared from the end, where ciphertext makes requests differ at once. */
	isOwn(request: Uint8Array): boolean {
		for (let i = 0; i < this.#requests.length; i++) if (sameFromTheEnd(this.#requests[i]!, request)) return true;
		return false;
	}
}

let instance: Registry | undefined;

/** The program's registry. Created on first use, since what XS creates while preloading is frozen. */
export function processRegistry(): Registry {
	instance ??= new Registry();
	return instance;
}
