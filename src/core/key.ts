import { type Aead, type Crypto, KEY } from "./crypto.js";
import { LightweightSecureError, rangeError, typeError } from "./errors.js";
import { expand } from "./hkdf.js";
import { ascii, equalInConstantTime, fromHex, toHex, wipe } from "./octets.js";

const KEY_ID = ascii("LightweightSecureTCP key id");
const HANDSHAKE = ascii("LightweightSecureTCP handshake");
const MASTER = ascii("LightweightSecureTCP master");
/** Octets of a key id. */
const ID = 8;

/** A 256-bit handshake key: uniformly random, never a passphrase. It is never printed; its `id` names it. */
export class Key {
	/** key(32) ‖ K_master(32) ‖ key id(8), in one array, since each takes seven slots on a device. */
	readonly #octets = new Uint8Array(2 * KEY + ID);
	readonly #crypto: Crypto;
	#handshake: Aead | undefined;
	#id: string | undefined;
	#wiped = false;

	/**
	 * @param octets 32 octets, which are copied
	 * @throws TypeError, RangeError
	 */
	constructor(octets: Uint8Array, crypto: Crypto) {
		if (!(octets instanceof Uint8Array)) throw typeError("a key is given as a Uint8Array of 32 octets");
		if (octets.length !== KEY) throw rangeError(`a key has 32 octets, not ${octets.length}`);
		this.#octets.set(octets);
		this.#crypto = crypto;
	}

	/** 16 hex digits that name the key without revealing it; still available after `wipe` if read before. */
	get id(): string {
		if (this.#id !== undefined) return this.#id;
		this.derive();
		this.#id = toHex(this.#octets.subarray(2 * KEY));
		return this.#id;
	}

	// What the `secure` profile derives from the key, on first use: `protocol.md`, "Keys". All throw
	// LightweightSecureError `LST_KEY_WIPED`.

	/** @internal Writes the id as it travels, 8 octets. */
	layId(octets: Uint8Array, at: number): void {
		this.lay(2 * KEY, ID, octets, at);
	}

	/** @internal Whether this key's id is there, compared in constant time; false if the key was wiped. */
	isNamed(octets: Uint8Array, at: number): boolean {
		if (this.#wiped) return false;
		this.derive();
		let difference = 0;
		for (let i = 0; i < ID; i++) difference |= this.#octets[2 * KEY + i]! ^ octets[at + i]!;
		return difference === 0;
	}

	/** @internal AES-256-CCM under K_hs, which seals the three handshake packets. */
	get handshakeCipher(): Aead {
		return this.derive();
	}

	/** @internal Writes K_master, 32 octets. */
	layMaster(octets: Uint8Array, at: number): void {
		this.lay(KEY, KEY, octets, at);
	}

	/** @internal The key itself, for a profile that derives nothing from it: 32 octets. */
	get octets(): Uint8Array {
		this.checkNotWiped();
		return this.#octets.subarray(0, KEY);
	}

	/** Whether both hold the same octets, compared in constant time; false if one was wiped. @throws TypeError */
	equals(other: Key): boolean {
		if (!(other instanceof Key)) throw typeError("a key is compared with a Key");
		if (this.#wiped || other.#wiped) return false;
		return equalInConstantTime(this.#octets.subarray(0, KEY), other.#octets.subarray(0, KEY));
	}

	/** Overwrites the key and all that was derived from it. Using it afterwards fails with `LST_KEY_WIPED`. */
	wipe(): void {
		this.#wiped = true;
		wipe(this.#octets);
		this.#handshake?.wipe();
		this.#handshake = undefined;
	}

	/** Octet by octet, since a view takes four slots on XS. */
	private lay(from: number, size: number, octets: Uint8Array, at: number): void {
		this.derive();
		for (let i = 0; i < size; i++) octets[at + i] = this.#octets[from + i]!;
	}

	private derive(): Aead {
		this.checkNotWiped();
		if (this.#handshake) return this.#handshake;
		const crypto = this.#crypto;
		const key = this.octets;
		crypto.hkdf.expand(key, MASTER, this.#octets.subarray(KEY, 2 * KEY));
		crypto.hkdf.expand(key, KEY_ID, this.#octets.subarray(2 * KEY));
		const sealing = expand(crypto, key, HANDSHAKE, KEY);
		try {
			const handshake = crypto.aead(sealing);
			this.#handshake = handshake;
			return handshake;
		} finally {
			wipe(sealing);
		}
	}

	/** @internal */
	get wiped(): boolean {
		return this.#wiped;
	}

	/** @internal @throws LightweightSecureError `LST_KEY_WIPED` */
	checkNotWiped(): void {
		if (this.#wiped)
			throw new LightweightSecureError("LST_KEY_WIPED", "this key has been wiped; make a new Key object");
	}

	/** Shows the id: no conversion to text shows the key's octets. */
	toString(): string {
		return this.#wiped ? "Key (wiped)" : `Key ${this.id}`;
	}

	toJSON(): string {
		return this.toString();
	}
}

/**
 * The octets of a key written as 64 hex digits; white space around them is ignored.
 * @throws TypeError if `hex` is not a string, RangeError if it is not 64 hex digits
 */
export function keyFromHex(hex: string): Uint8Array {
	if (typeof hex !== "string") throw typeError("a key in hex is a string of 64 hex digits");
	const octets = fromHex(hex.trim());
	if (octets?.length !== KEY)
		throw rangeError(
			`a key is 64 hex digits; this has ${hex.trim().length} characters${octets ? "" : ", not all of them hex"}`,
		);
	return octets;
}

/**
 * The octets of a key written as the C++ library's eight 32-bit words, each little-endian.
 * @throws TypeError if they are not numbers, RangeError if they are not eight of 0 … 0xFFFFFFFF
 */
export function keyFromWords(words: ArrayLike<number>): Uint8Array {
	if (typeof words !== "object" || words === null) throw typeError("a key in words is an array of eight numbers");
	if (words.length !== KEY / 4) throw rangeError(`a key has eight 32-bit words, not ${words.length}`);
	const octets = new Uint8Array(KEY);
	const view = new DataView(octets.buffer);
	for (let i = 0; i < words.length; i++) {
		const word = words[i]!;
		if (typeof word !== "number") throw typeError(`word ${i} of the key is not a number`);
		if (word >>> 0 !== word) throw rangeError(`word ${i} of the key is not a whole number from 0 to 0xFFFFFFFF`);
		view.setUint32(4 * i, word, true);
	}
	return octets;
}
