/// <reference path="../moddable/sdk.d.ts" />
/** AES-256-CCM under one key in native code, with the methods of `Aead` in `core/crypto.ts`. */
export class NativeCcm extends Native("xs_lstcp_aead_destructor") {
	/** @throws RangeError if it does not have 32 octets; Error if there is no memory for it */
	constructor(key: Uint8Array) {
		super();
		native("xs_lstcp_aead").call(this, key);
	}

	/** @throws RangeError for an impossible size */
	seal(nonce: Uint8Array, additional: Uint8Array, box: Uint8Array): void {
		native("xs_lstcp_aead_seal").call(this, nonce, additional, box);
	}

	/** @throws RangeError for an impossible size */
	open(nonce: Uint8Array, additional: Uint8Array, box: Uint8Array): boolean {
		return native("xs_lstcp_aead_open").call(this, nonce, additional, box) as boolean;
	}

	/** @throws RangeError for an impossible size */
	sealPacket(packet: Uint8Array, header: number, room: Uint8Array, at: number, size: number): void {
		native("xs_lstcp_aead_seal_packet").call(this, packet, header, room, at, size);
	}

	/** @throws RangeError for an impossible size */
	openPacket(packet: Uint8Array, header: number, room: Uint8Array, at: number, size: number): boolean {
		return native("xs_lstcp_aead_open_packet").call(this, packet, header, room, at, size) as boolean;
	}

	/** Forgets the key; the object cannot be used afterwards. */
	wipe(): void {
		native("xs_lstcp_aead_wipe").call(this);
	}
}

/**
 * One direction of a session in native code, which keeps its keys, so that XS makes no copies of them and they can be wiped, and
 * counts its records. `header` is the number of clear octets at the front of a record. `protocol.md`, "Records".
 */
export class NativeDirection extends Native("xs_lstcp_aead_destructor") {
	/**
	 * @param keys key(32) ‖ iv(13) ‖ chain(32)
	 * @throws RangeError if it does not have 77 octets; Error if there is no memory for it
	 */
	constructor(keys: Uint8Array) {
		super();
		native("xs_lstcp_direction").call(this, keys);
	}

	/** Replaces the keys: 77 octets. */
	rekey(keys: Uint8Array): void {
		native("xs_lstcp_direction_rekey").call(this, keys);
	}

	/** Copies the chain, from which the next keys are derived: 32 octets. */
	copyChain(octets: Uint8Array): void {
		native("xs_lstcp_direction_copy_chain").call(this, octets);
	}

	/** Seals the next record; returns whether it was the last under its key. @throws RangeError for an impossible size */
	sealNext(record: Uint8Array, header: number): boolean {
		return native("xs_lstcp_direction_seal_next").call(this, record, header) as boolean;
	}

	/**
	 * Opens the next record; returns 0 if it is not that, 2 if it was the last under its key, else 1.
	 * @throws RangeError for an impossible size
	 */
	openNext(record: Uint8Array, header: number): 0 | 1 | 2 {
		return native("xs_lstcp_direction_open_next").call(this, record, header) as 0 | 1 | 2;
	}

	/** Begins to seal or open the next record in parts. `state`, 32 octets, must not be used for anything else meanwhile. */
	begin(record: Uint8Array, header: number, state: Uint8Array): void {
		native("xs_lstcp_direction_begin").call(this, record, header, state);
	}

	/** Processes a part of the text, in place; all but the last have whole blocks. */
	work(state: Uint8Array, part: Uint8Array, opening: boolean): void {
		native("xs_lstcp_direction_work").call(this, state, part, opening);
	}

	/** Writes the tag of what was sealed or opened to the first 16 octets of `state`. */
	end(state: Uint8Array): void {
		native("xs_lstcp_direction_end").call(this, state);
	}

	/** Counts a record that was sealed or opened in parts; returns whether it was the last under its key. */
	advance(): boolean {
		return native("xs_lstcp_direction_advance").call(this) as boolean;
	}

	/** Forgets the keys; the object cannot be used afterwards. */
	wipe(): void {
		native("xs_lstcp_aead_wipe").call(this);
	}
}
