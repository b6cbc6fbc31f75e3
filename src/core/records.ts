import type { Role } from "./codec.js";
import { type Aead, type Crypto, KEY, NONCE } from "./crypto.js";
import { expand, extract } from "./hkdf.js";
import { ascii, copy, wipe } from "./octets.js";

const TRAFFIC_KEYS = KEY + NONCE + KEY;
const CLIENT = ascii("LightweightSecureTCP client");
const SERVER = ascii("LightweightSecureTCP server");
const RATCHET = ascii("LightweightSecureTCP ratchet");
/** Records that one key seals. `protocol.md`, "Records", Ratchet. */
export const RECORDS_PER_KEY = 0x10000;

/** What protects the records of one direction. `header` is how many octets in front of a record are clear. */
export interface RecordCipher {
	/** Seals a record in place. */
	seal(record: Uint8Array, header: number): void;
	/** Opens a record in place; false, with its text wiped, where it is not the one that comes next. */
	open(record: Uint8Array, header: number): boolean;
	/**
	 * `seal` in slices, a step each. Until it has come to its end nothing else may be sealed, but it may be given up: what
	 * was not sealed to its end must not be sent, and the next record takes its place.
	 */
	sealing(record: Uint8Array, header: number, slice: number): Generator<void, void, void>;
	/** `open` in slices, a step each. */
	opening(record: Uint8Array, header: number, slice: number): Generator<void, boolean, void>;
	wipe(): void;
}

/** Both directions of a session, as one side holds them. */
export interface Records {
	readonly write: RecordCipher;
	readonly read: RecordCipher;
}

/** Overwritten for each record of every session; made on first use, since on XS what is made while preloading is frozen. */
let nonce: Uint8Array | undefined;

/** One direction of a session: key, iv and chain, the count of records, and the ratchet. `protocol.md`, "Records". */
export class Direction implements RecordCipher {
	readonly #crypto: Crypto;
	/** iv(13) ‖ chain(32) */
	readonly #secrets: Uint8Array;
	#aead: Aead;
	#count = 0;

	/** @param keys key(32) ‖ iv(13) ‖ chain(32), which are wiped */
	constructor(crypto: Crypto, keys: Uint8Array) {
		this.#crypto = crypto;
		this.#aead = crypto.aead(keys.subarray(0, KEY));
		this.#secrets = copy(keys.subarray(KEY));
		wipe(keys);
	}

	/** The header is the additional data. */
	seal(record: Uint8Array, header: number): void {
		const aead = this.#aead;
		if (aead.sealRecord) aead.sealRecord(this.#secrets, this.#count, record, header);
		else aead.seal(this.nextNonce(), record.subarray(0, header), record.subarray(header));
		if (++this.#count === RECORDS_PER_KEY) this.ratchet();
	}

	open(record: Uint8Array, header: number): boolean {
		const aead = this.#aead;
		const genuine = aead.openRecord
			? aead.openRecord(this.#secrets, this.#count, record, header)
			: aead.open(this.nextNonce(), record.subarray(0, header), record.subarray(header));
		if (genuine && ++this.#count === RECORDS_PER_KEY) this.ratchet();
		return genuine;
	}

	*sealing(record: Uint8Array, header: number, slice: number): Generator<void, void, void> {
		const [nonce, additional, box] = [copy(this.nextNonce()), record.subarray(0, header), record.subarray(header)];
		if (this.#aead.sealing) yield* this.#aead.sealing(nonce, additional, box, slice);
		else this.#aead.seal(nonce, additional, box);
		if (++this.#count === RECORDS_PER_KEY) this.ratchet();
	}

	*opening(record: Uint8Array, header: number, slice: number): Generator<void, boolean, void> {
		const [nonce, additional, box] = [copy(this.nextNonce()), record.subarray(0, header), record.subarray(header)];
		const genuine = this.#aead.opening
			? yield* this.#aead.opening(nonce, additional, box, slice)
			: this.#aead.open(nonce, additional, box);
		if (genuine && ++this.#count === RECORDS_PER_KEY) this.ratchet();
		return genuine;
	}

	wipe(): void {
		this.#aead.wipe();
		wipe(this.#secrets);
	}

	/** The count stays below 2^16, so of its four octets only the last two change the iv. Good until it is called again. */
	private nextNonce(): Uint8Array {
		nonce ??= new Uint8Array(NONCE);
		nonce.set(this.#secrets.subarray(0, NONCE));
		nonce[NONCE - 2]! ^= this.#count >> 8;
		nonce[NONCE - 1]! ^= this.#count & 0xff;
		return nonce;
	}

	private ratchet(): void {
		const next = expand(this.#crypto, this.#secrets.subarray(NONCE), RATCHET, TRAFFIC_KEYS);
		this.wipe();
		this.#aead = this.#crypto.aead(next.subarray(0, KEY));
		this.#secrets.set(next.subarray(KEY));
		wipe(next);
		this.#count = 0;
	}
}

/**
 * The traffic keys of a session. `protocol.md`, "Traffic keys".
 * @param transcript SHA-256(request ‖ response ‖ success)
 * @param secrets sessionKey ‖ K_master ‖ dh, which are wiped
 */
export function deriveRecords(crypto: Crypto, role: Role, transcript: Uint8Array, secrets: Uint8Array): Records {
	const master = extract(crypto, transcript, secrets);
	const client = new Direction(crypto, expand(crypto, master, CLIENT, TRAFFIC_KEYS));
	const server = new Direction(crypto, expand(crypto, master, SERVER, TRAFFIC_KEYS));
	wipe(secrets, master);
	return role === "client" ? { write: client, read: server } : { write: server, read: client };
}
