import { ask, make } from "./native.js";

const idOf = (state) => (state[0] << 24) | (state[1] << 16) | (state[2] << 8) | state[3];

function nonceOf(iv, count) {
	const nonce = iv.slice(0, 13);
	nonce[11] ^= count >> 8;
	nonce[12] ^= count;
	return nonce;
}

/** As `src/native/lstcp_aead.ts`, whose C a device runs. */
export class NativeCcm {
	#id;

	constructor(key) {
		if (key.length !== 32) throw new RangeError("a key has 32 octets");
		this.#id = make("k", key);
	}

	seal(nonce, additional, box) {
		box.set(ask("s", this.#id, this.#sizes(nonce, additional, box.length - 16), nonce, additional, box));
	}

	open(nonce, additional, box) {
		const answer = ask("o", this.#id, this.#sizes(nonce, additional, box.length - 16), nonce, additional, box);
		if (answer[0]) box.set(answer.subarray(1), 16);
		else box.fill(0, 16);
		return answer[0] === 1;
	}

	sealRecord(iv, count, record, header) {
		this.seal(nonceOf(iv, count), record.subarray(0, header), record.subarray(header));
	}

	openRecord(iv, count, record, header) {
		return this.open(nonceOf(iv, count), record.subarray(0, header), record.subarray(header));
	}

	begin(nonce, additional, state, textSize) {
		const id = make("b", this.#id, this.#sizes(nonce, additional, textSize), nonce, additional);
		state.set([id >>> 24, id >>> 16, id >>> 8, id]);
	}

	work(state, part, opening) {
		part.set(ask("p", idOf(state), Uint8Array.of(opening), part));
	}

	end(state) {
		state.set(ask("e", idOf(state)));
	}

	wipe() {
		if (this.#id) ask("w", this.#id);
		this.#id = undefined;
	}

	#sizes(nonce, additional, textSize) {
		if (!this.#id) throw new Error("the key was wiped");
		if (nonce.length < 7 || nonce.length > 13) throw new RangeError("a CCM nonce has 7 to 13 octets");
		if (additional.length >= 0xff00) throw new RangeError("too much additional data");
		if (textSize < 0 || textSize > (nonce.length === 13 ? 0xffff : 0xffffff)) throw new RangeError("a text of a wrong size");
		return Uint8Array.of(nonce.length, additional.length >> 8, additional.length);
	}
}
