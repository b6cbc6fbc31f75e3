import { type Aead, type Arrived, type Crypto, KEY, NONCE, type RecordCipher } from "../crypto.js";
import { copy, wipe } from "../octets.js";
import { nextKeys, RECORDS_PER_KEY } from "../records.js";

/** Overwritten for each record of every session. Created on first use, since what XS creates while preloading is frozen. */
let nonce: Uint8Array | undefined;

/** One direction of a session: key, iv and chain, the count of records, and the ratchet. `protocol.md`, "Records". */
export class Direction implements RecordCipher {
	readonly #crypto: Pick<Crypto, "aead" | "hkdf">;
	/** iv(13) ‖ chain(32) */
	readonly #secrets: Uint8Array;
	#aead: Aead;
	#count = 0;

	/** @param keys key(32) ‖ iv(13) ‖ chain(32) */
	constructor(crypto: Pick<Crypto, "aead" | "hkdf">, keys: Uint8Array) {
		this.#crypto = crypto;
		this.#aead = crypto.aead(keys.subarray(0, KEY));
		this.#secrets = copy(keys.subarray(KEY));
	}

	/** The header is the additional data. */
	seal(record: Uint8Array, header: number): void {
		this.#aead.seal(this.nextNonce(), record.subarray(0, header), record.subarray(header), this.#count);
		if (++this.#count === RECORDS_PER_KEY) this.ratchet();
	}

	open(record: Uint8Array, header: number, behind?: Arrived): boolean {
		const number = this.#count;
		const nonce = this.nextNonce();
		const genuine = this.#aead.open(nonce, record.subarray(0, header), record.subarray(header), number, behind);
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

	forget(): void {
		this.#aead.forget?.();
	}

	wipe(): void {
		this.#aead.wipe();
		wipe(this.#secrets);
	}

	/** The count stays below 2^16, so only its last two octets change the iv. Valid until the next call. */
	private nextNonce(): Uint8Array {
		if (this.#count === RECORDS_PER_KEY) throw new Error("the ratchet has failed: there is no key for another record");
		nonce ??= new Uint8Array(NONCE);
		for (let i = 0; i < NONCE; i++) nonce[i] = this.#secrets[i]!;
		nonce[NONCE - 2]! ^= this.#count >> 8;
		nonce[NONCE - 1]! ^= this.#count & 0xff;
		return nonce;
	}

	private ratchet(): void {
		const next = nextKeys(this.#crypto, this.#secrets.subarray(NONCE));
		this.wipe();
		try {
			this.#aead = this.#crypto.aead(next.subarray(0, KEY));
			this.#secrets.set(next.subarray(KEY));
			this.#count = 0;
		} finally {
			wipe(next);
		}
	}
}
