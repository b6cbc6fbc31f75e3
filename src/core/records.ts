import type { Role } from "./codec.js";
import { type Aead, type Crypto, KEY, NONCE, type RecordCipher } from "./crypto.js";
import { expand, extract } from "./hkdf.js";
import { ascii, copy, wipe } from "./octets.js";

/** Octets of a direction's chain. */
export const CHAIN = 32;
const TRAFFIC_KEYS = KEY + NONCE + CHAIN;
const CLIENT = ascii("LightweightSecureTCP client");
const SERVER = ascii("LightweightSecureTCP server");
const RATCHET = ascii("LightweightSecureTCP ratchet");
/** Records that one key seals. `protocol.md`, "Records", Ratchet. */
export const RECORDS_PER_KEY = 0x10000;

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

	/** @param keys key(32) ‖ iv(13) ‖ chain(32) */
	constructor(crypto: Crypto, keys: Uint8Array) {
		this.#crypto = crypto;
		this.#aead = crypto.aead(keys.subarray(0, KEY));
		this.#secrets = copy(keys.subarray(KEY));
	}

	/** The header is the additional data. */
	seal(record: Uint8Array, header: number): void {
		this.#aead.seal(this.nextNonce(), record.subarray(0, header), record.subarray(header));
		if (++this.#count === RECORDS_PER_KEY) this.ratchet();
	}

	open(record: Uint8Array, header: number): boolean {
		const genuine = this.#aead.open(this.nextNonce(), record.subarray(0, header), record.subarray(header));
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
		if (this.#count === RECORDS_PER_KEY) throw new Error("the ratchet has failed: there is no key for another record");
		nonce ??= new Uint8Array(NONCE);
		nonce.set(this.#secrets.subarray(0, NONCE));
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

/** What follows the keys of a direction, by its chain: key(32) ‖ iv(13) ‖ chain(32). `protocol.md`, "Records", Ratchet. */
export function nextKeys(crypto: Pick<Crypto, "sha256" | "hkdf">, chain: Uint8Array): Uint8Array {
	return expand(crypto, chain, RATCHET, TRAFFIC_KEYS);
}

/**
 * The traffic keys of a session. `protocol.md`, "Traffic keys".
 * @param transcript SHA-256(request ‖ response ‖ success)
 * @param secrets sessionKey ‖ K_master ‖ dh, which are wiped
 */
export function deriveRecords(crypto: Crypto, role: Role, transcript: Uint8Array, secrets: Uint8Array): Records {
	let master: Uint8Array | undefined;
	let client: RecordCipher | undefined;
	try {
		master = extract(crypto, transcript, secrets);
		client = newDirection(crypto, master, CLIENT);
		const server = newDirection(crypto, master, SERVER);
		return role === "client" ? { write: client, read: server } : { write: server, read: client };
	} catch (error) {
		client?.wipe();
		throw error;
	} finally {
		wipe(secrets, master);
	}
}

function newDirection(crypto: Crypto, master: Uint8Array, label: Uint8Array): RecordCipher {
	const keys = expand(crypto, master, label, TRAFFIC_KEYS);
	try {
		return crypto.direction?.(keys) ?? new Direction(crypto, keys);
	} finally {
		wipe(keys);
	}
}
