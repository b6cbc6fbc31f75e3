/// <reference path="../moddable/sdk.d.ts" />
/** AES-256-CCM under one key in native code: `core/crypto.ts` says what an `Aead` is. */
export class NativeCcm extends Native("xs_lstcp_aead_destructor") {
	/** @throws RangeError where it has not 32 octets; Error where there is no memory for it */
	constructor(key: Uint8Array) {
		super();
		native("xs_lstcp_aead").call(this, key);
	}

	/** @throws RangeError where a size cannot be */
	seal(nonce: Uint8Array, additional: Uint8Array, box: Uint8Array): void {
		native("xs_lstcp_aead_seal").call(this, nonce, additional, box);
	}

	/** @throws RangeError where a size cannot be */
	open(nonce: Uint8Array, additional: Uint8Array, box: Uint8Array): boolean {
		return native("xs_lstcp_aead_open").call(this, nonce, additional, box) as boolean;
	}

	/** @throws RangeError where a size cannot be */
	sealRecord(iv: Uint8Array, count: number, record: Uint8Array, header: number): void {
		native("xs_lstcp_aead_seal_record").call(this, iv, count, record, header);
	}

	/** @throws RangeError where a size cannot be */
	openRecord(iv: Uint8Array, count: number, record: Uint8Array, header: number): boolean {
		return native("xs_lstcp_aead_open_record").call(this, iv, count, record, header) as boolean;
	}

	/** Begins what is sealed or opened in parts, with `state`, 32 octets, that is used for nothing else meanwhile. */
	begin(nonce: Uint8Array, additional: Uint8Array, state: Uint8Array, textSize: number): void {
		native("xs_lstcp_aead_begin").call(this, nonce, additional, state, textSize);
	}

	/** A part of the text, in place; all but the last have whole blocks. */
	work(state: Uint8Array, part: Uint8Array, opening: boolean): void {
		native("xs_lstcp_aead_work").call(this, state, part, opening);
	}

	/** The tag of what was sealed or opened is in the first 16 octets of `state`. */
	end(state: Uint8Array): void {
		native("xs_lstcp_aead_end").call(this, state);
	}

	/** Forgets the key; the object is of no use afterwards. */
	wipe(): void {
		native("xs_lstcp_aead_wipe").call(this);
	}
}
