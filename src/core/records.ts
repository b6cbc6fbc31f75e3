import type { Role } from "./codec.js";
import { type Aead, type Crypto, KEY, NONCE } from "./crypto.js";
import { expand, extract } from "./hkdf.js";
import { copy, wipe } from "./octets.js";

const TRAFFIC_KEYS = KEY + NONCE + KEY;
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
	/** key(32), wiped since the AEAD has it ‖ iv(13) ‖ chain(32) */
	#keys: Uint8Array;
	#aead: Aead;
	#count = 0;

	/** @param keys key(32) ‖ iv(13) ‖ chain(32), which are taken over */
	constructor(crypto: Crypto, keys: Uint8Array) {
		this.#crypto = crypto;
		this.#keys = keys;
		this.#aead = this.#takeKey();
	}

	/** The header is the additional data. */
	seal(record: Uint8Array, header: number): void {
		this.#aead.seal(this.#nextNonce(), record.subarray(0, header), record.subarray(header));
		this.#counted();
	}

	open(record: Uint8Array, header: number): boolean {
		if (!this.#aead.open(this.#nextNonce(), record.subarray(0, header), record.subarray(header))) return false;
		this.#counted();
		return true;
	}

	*sealing(record: Uint8Array, header: number, slice: number): Generator<void, void, void> {
		const [nonce, additional, box] = [copy(this.#nextNonce()), record.subarray(0, header), record.subarray(header)];
		if (this.#aead.sealing) yield* this.#aead.sealing(nonce, additional, box, slice);
		else this.#aead.seal(nonce, additional, box);
		this.#counted();
	}

	*opening(record: Uint8Array, header: number, slice: number): Generator<void, boolean, void> {
		const [nonce, additional, box] = [copy(this.#nextNonce()), record.subarray(0, header), record.subarray(header)];
		const genuine = this.#aead.opening
			? yield* this.#aead.opening(nonce, additional, box, slice)
			: this.#aead.open(nonce, additional, box);
		if (genuine) this.#counted();
		return genuine;
	}

	wipe(): void {
		this.#aead.wipe();
		wipe(this.#keys);
	}

	#takeKey(): Aead {
		const key = this.#keys.subarray(0, KEY);
		const aead = this.#crypto.aead(key);
		wipe(key);
		return aead;
	}

	/** The count stays below 2^16, so of its four octets only the last two change the iv. Good until it is called again. */
	#nextNonce(): Uint8Array {
		nonce ??= new Uint8Array(NONCE);
		nonce.set(this.#keys.subarray(KEY, KEY + NONCE));
		nonce[NONCE - 2]! ^= this.#count >> 8;
		nonce[NONCE - 1]! ^= this.#count & 0xff;
		return nonce;
	}

	#counted(): void {
		if (++this.#count < RECORDS_PER_KEY) return;
		const chain = this.#keys.subarray(KEY + NONCE);
		const next = expand(this.#crypto, chain, "LightweightSecureTCP ratchet", TRAFFIC_KEYS);
		this.wipe();
		this.#keys = next;
		this.#aead = this.#takeKey();
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
	const client = new Direction(crypto, expand(crypto, master, "LightweightSecureTCP client", TRAFFIC_KEYS));
	const server = new Direction(crypto, expand(crypto, master, "LightweightSecureTCP server", TRAFFIC_KEYS));
	wipe(secrets, master);
	return role === "client" ? { write: client, read: server } : { write: server, read: client };
}
