/** Octets of a CCM tag (M = 16, RFC 3610 §2). */
export const TAG = 16;
/** Octets of a nonce of the `secure` profile (L = 2). */
export const NONCE = 13;
/** Octets of a digest of SHA-256. */
export const HASH = 32;
/** Octets of a handshake key, a session key and every other symmetric key. */
export const KEY = 32;
/** Octets of a P-256 public key as it travels: `x ‖ y`, big-endian. */
export const SHARE = 64;

/**
 * AES-256-CCM (RFC 3610, NIST SP 800-38C) with a 16-octet tag under one key.
 *
 * A `box` is `tag(16) ‖ text`: sealing and opening work in place. Nonces have 7 to 13 octets, additional data at most
 * 65,279, the text fewer than 2^(8·(15 − nonce octets)).
 */
export interface Aead {
	/**
	 * Turns `room(16) ‖ plaintext` into `tag ‖ ciphertext`.
	 * @param number of a record, if the nonce is the key's iv XOR that number (`protocol.md`, "Records")
	 */
	seal(nonce: Uint8Array, additional: Uint8Array, box: Uint8Array, number?: number): void;
	/**
	 * Turns `tag ‖ ciphertext` into `… ‖ plaintext`; false, with the text wiped, if the tag is wrong.
	 * @param number as above
	 * @param behind what has arrived after that record, for implementations that open several records at once
	 */
	open(nonce: Uint8Array, additional: Uint8Array, box: Uint8Array, number?: number, behind?: Arrived): boolean;
	/** Nothing more will be opened: wipes what was opened ahead. Absent if nothing ever is. */
	forget?(): void;
	/** `seal` in slices of that many octets, a multiple of 16, one per step. Absent if one call never takes too long. */
	sealing?(nonce: Uint8Array, additional: Uint8Array, box: Uint8Array, slice: number): Generator<void, void, void>;
	/** `open` in slices, likewise. */
	opening?(nonce: Uint8Array, additional: Uint8Array, box: Uint8Array, slice: number): Generator<void, boolean, void>;
	/**
	 * `seal` for a packet, `header ‖ nonce(13) ‖ box`, given the octets of its header. Its additional data are `size` octets of `room`
	 * from `at` on. Absent where views of them cost nothing.
	 */
	sealPacket?(packet: Uint8Array, header: number, room: Uint8Array, at: number, size: number): void;
	/** `open`, likewise. */
	openPacket?(packet: Uint8Array, header: number, room: Uint8Array, at: number, size: number): boolean;
	/** Forgets the key; the object cannot be used afterwards. */
	wipe(): void;
}

/** What has arrived and was not taken yet: `chunk` from `at` on. Valid during the call only. */
export interface Arrived {
	readonly chunk: Uint8Array;
	readonly at: number;
}

/** Protects the records of one direction. `header` is the number of clear octets at the front of a record. */
export interface RecordCipher {
	/** Seals a record in place. */
	seal(record: Uint8Array, header: number): void;
	/**
	 * Opens a record in place; false, with its text wiped, if it is not the next one.
	 * @param behind as in `Aead.open`
	 */
	open(record: Uint8Array, header: number, behind?: Arrived): boolean;
	/** `Aead.forget` */
	forget?(): void;
	/**
	 * `seal` in slices, one per step. Nothing else may be sealed before it is finished, but it may be abandoned: a record that was not
	 * finished must not be sent, and the next record takes its number.
	 */
	sealing(record: Uint8Array, header: number, slice: number): Generator<void, void, void>;
	/** `open` in slices, one per step. */
	opening(record: Uint8Array, header: number, slice: number): Generator<void, boolean, void>;
	wipe(): void;
}

/** The cryptography that the core needs from a platform. */
export interface Crypto {
	/** An AEAD under `key` (32 octets), which the callee copies. */
	aead(key: Uint8Array): Aead;
	/** One direction of a session, from key(32) ‖ iv(13) ‖ chain(32), which the callee copies. `protocol.md`, "Records". */
	direction(keys: Uint8Array): RecordCipher;
	/** Writes SHA-256 (FIPS 180-4) of the first `size` octets into `into` at `at`: 32 octets. */
	sha256(octets: Uint8Array, size: number, into: Uint8Array, at: number): void;
	/** HKDF-SHA256 (RFC 5869) into `prk`, of 32 octets, which may be the salt, and `okm`, of at most 8,160. */
	readonly hkdf: {
		extract(salt: Uint8Array, ikm: Uint8Array, prk: Uint8Array): void;
		expand(prk: Uint8Array, info: Uint8Array, okm: Uint8Array): void;
	};
	/** Fills `octets` from a cryptographic source; throws if that fails. */
	random(octets: Uint8Array): void;
}

/** A P-256 key pair of one handshake. */
export interface KeyPair {
	/** The public key: 64 octets. */
	readonly share: Uint8Array;
	/** The x-coordinate of the scalar times another share, which is a point of the curve: 32 octets. */
	agree(share: Uint8Array): Uint8Array;
	/** Forgets the scalar; the object cannot be used afterwards. */
	wipe(): void;
}

/** Suite 0x02's Diffie-Hellman. `protocol.md`, "Packets". */
export interface KeyAgreement {
	/** False from a multiplication until the next turn of the event loop, in which there may be another. */
	readonly ready: boolean;
	/** Whether 64 octets are a public key: both coordinates are below p and the point is on the curve. */
	isShare(octets: Uint8Array): boolean;
	/** A fresh key pair. @throws HandshakeError "random-source" */
	take(): KeyPair;
	/** `KeyPair.agree`; the pair's scalar is wiped. */
	agree(pair: KeyPair, share: Uint8Array): Uint8Array;
	/** Makes a key pair before it is needed, if that is useful. */
	prepare(): void;
}
