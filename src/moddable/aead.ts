import { type Aead, TAG } from "../core/crypto.js";
import { equalInConstantTime, wipe } from "../core/octets.js";
import { NativeCcm } from "../native/lstcp_aead.js";

/** A MAC and a counter block: what goes on from slice to slice. */
const STATE = 32;

class DeviceCcm extends NativeCcm implements Aead {
	*sealing(nonce: Uint8Array, additional: Uint8Array, box: Uint8Array, slice: number): Generator<void, void, void> {
		const state = new Uint8Array(STATE);
		yield* this.inSlices(state, nonce, additional, box, slice, false);
		box.set(state.subarray(0, TAG));
	}

	*opening(nonce: Uint8Array, additional: Uint8Array, box: Uint8Array, slice: number): Generator<void, boolean, void> {
		const state = new Uint8Array(STATE);
		yield* this.inSlices(state, nonce, additional, box, slice, true);
		const genuine = equalInConstantTime(state.subarray(0, TAG), box.subarray(0, TAG));
		if (!genuine) wipe(box.subarray(TAG));
		return genuine;
	}

	private *inSlices(
		state: Uint8Array,
		nonce: Uint8Array,
		additional: Uint8Array,
		box: Uint8Array,
		slice: number,
		opening: boolean,
	): Generator<void, void, void> {
		this.begin(nonce, additional, state, box.length - TAG);
		for (let at = TAG; at < box.length; at += slice) {
			this.work(state, box.subarray(at, at + slice), opening);
			yield;
		}
		this.end(state);
	}
}

/** AES-256-CCM under a key of 32 octets: one native call for each record that is not longer than a slice. */
export const newAead = (key: Uint8Array): Aead => new DeviceCcm(key);
