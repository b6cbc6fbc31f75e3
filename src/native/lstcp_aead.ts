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
	sealPacket(packet: Uint8Array, header: number, room: Uint8Array, at: number, size: number): void {
		native("xs_lstcp_aead_seal_packet").call(this, packet, header, room, at, size);
	}

	/** @throws RangeError where a size cannot be */
	openPacket(packet: Uint8Array, header: number, room: Uint8Array, at: number, size: number): boolean {
		return native("xs_lstcp_aead_open_packet").call(this, packet, header, room, at, size) as boolean;
	}

	/** Forgets the key; the object is of no use afterwards. */
	wipe(): void {
		native("xs_lstcp_aead_wipe").call(this);
	}
}

/**
 * One direction of a session in native code, which keeps its keys and counts its records: where XS has no copy of them they
 * can be wiped. `header` is how many octets in front of a record are clear. `protocol.md`, "Records".
 */
export class NativeDirection extends Native("xs_lstcp_aead_destructor") {
	/**
	 * @param keys key(32) ‖ iv(13) ‖ chain(32)
	 * @throws RangeError where it has not 77 octets; Error where there is no memory for it
	 */
	constructor(keys: Uint8Array) {
		super();
		native("xs_lstcp_direction").call(this, keys);
	}

	/** Goes on with other keys: 77 octets. */
	rekey(keys: Uint8Array): void {
		native("xs_lstcp_direction_rekey").call(this, keys);
	}

	/** Copies the chain, from which the next keys come: 32 octets. */
	copyChain(octets: Uint8Array): void {
		native("xs_lstcp_direction_copy_chain").call(this, octets);
	}

	/** Seals the next record; answers whether it was the last under its key. @throws RangeError where a size cannot be */
	sealNext(record: Uint8Array, header: number): boolean {
		return native("xs_lstcp_direction_seal_next").call(this, record, header) as boolean;
	}

	/**
	 * Opens the next record; answers 0 where it is not that, 2 where it was the last under its key, else 1.
	 * @throws RangeError where a size cannot be
	 */
	openNext(record: Uint8Array, header: number): 0 | 1 | 2 {
		return native("xs_lstcp_direction_open_next").call(this, record, header) as 0 | 1 | 2;
	}

	/** Begins to seal or open the next record in parts, with `state`, 32 octets, that is used for nothing else meanwhile. */
	begin(record: Uint8Array, header: number, state: Uint8Array): void {
		native("xs_lstcp_direction_begin").call(this, record, header, state);
	}

	/** A part of the text, in place; all but the last have whole blocks. */
	work(state: Uint8Array, part: Uint8Array, opening: boolean): void {
		native("xs_lstcp_direction_work").call(this, state, part, opening);
	}

	/** The tag of what was sealed or opened is in the first 16 octets of `state`. */
	end(state: Uint8Array): void {
		native("xs_lstcp_direction_end").call(this, state);
	}

	/** Counts a record that was sealed or opened in parts; answers whether it was the last under its key. */
	advance(): boolean {
		return native("xs_lstcp_direction_advance").call(this) as boolean;
	}

	/** Forgets the keys; the object is of no use afterwards. */
	wipe(): void {
		native("xs_lstcp_aead_wipe").call(this);
	}
}
