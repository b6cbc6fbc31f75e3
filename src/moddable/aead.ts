import { type Aead, type RecordCipher, TAG } from "../core/crypto.js";
import { equalInConstantTime, wipe } from "../core/octets.js";
import { CHAIN, nextKeys } from "../core/records.js";
import { NativeCcm, NativeDirection } from "../native/lstcp_aead.js";
import { hashing } from "./digest.js";

/** Octets of the state that is kept from slice to slice: a MAC and a counter block. */
const STATE = 32;

/** One native call for each record that is no longer than a slice. */
class DeviceDirection extends NativeDirection implements RecordCipher {
	// Without an explicit constructor XS gathers and spreads the arguments.
	constructor(keys: Uint8Array) {
		super(keys);
	}

	seal(record: Uint8Array, header: number): void {
		if (this.sealNext(record, header)) this.ratchet();
	}

	open(record: Uint8Array, header: number): boolean {
		const opened = this.openNext(record, header);
		if (opened === 2) this.ratchet();
		return opened > 0;
	}

	*sealing(record: Uint8Array, header: number, slice: number): Generator<void, void, void> {
		const state = new Uint8Array(STATE);
		try {
			yield* this.inSlices(state, record, header, slice, false);
			record.set(state.subarray(0, TAG), header);
		} finally {
			wipe(state);
		}
		if (this.advance()) this.ratchet();
	}

	*opening(record: Uint8Array, header: number, slice: number): Generator<void, boolean, void> {
		const state = new Uint8Array(STATE);
		let genuine = false;
		try {
			yield* this.inSlices(state, record, header, slice, true);
			genuine = equalInConstantTime(state.subarray(0, TAG), record.subarray(header, header + TAG));
		} finally {
			wipe(state);
		}
		if (!genuine) wipe(record.subarray(header + TAG));
		else if (this.advance()) this.ratchet();
		return genuine;
	}

	private *inSlices(
		state: Uint8Array,
		record: Uint8Array,
		header: number,
		slice: number,
		opening: boolean,
	): Generator<void, void, void> {
		this.begin(record, header, state);
		for (let at = header + TAG; at < record.length; at += slice) {
			this.work(state, record.subarray(at, at + slice), opening);
			yield;
		}
		this.end(state);
	}

	private ratchet(): void {
		const chain = new Uint8Array(CHAIN);
		let keys: Uint8Array | undefined;
		try {
			this.copyChain(chain);
			keys = nextKeys(hashing, chain);
			this.rekey(keys);
		} catch (error) {
			// The old key has no nonces left.
			this.wipe();
			throw error;
		} finally {
			wipe(keys, chain);
		}
	}
}

/** AES-256-CCM under a key of 32 octets. */
export const newAead = (key: Uint8Array): Aead => new NativeCcm(key);

/** A direction of a session, from its keys. */
export const newDirection = (keys: Uint8Array): RecordCipher => new DeviceDirection(keys);
