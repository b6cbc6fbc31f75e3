import { ask, make } from "./native.js";

const idOf = (state) => (state[0] << 24) | (state[1] << 16) | (state[2] << 8) | state[3];

class Ccm {
	#id;

	constructor(key) {
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

	begin(nonce, additional, state, textSize) {
		const id = make("b", this.#id, this.#sizes(nonce, additional, textSize), nonce, additional);
		state.set([id >>> 24, id >>> 16, id >>> 8, id]);
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

/** As `src/native/lstcp_aead.ts`, whose C a device runs. */
export class NativeCcm {
	#ccm;

	constructor(key) {
		if (key.length !== 32) throw new RangeError("a key has 32 octets");
		this.#ccm = new Ccm(key);
	}

	seal(nonce, additional, box) {
		this.#ccm.seal(nonce, additional, box);
	}

	open(nonce, additional, box) {
		return this.#ccm.open(nonce, additional, box);
	}

	sealPacket(packet, header, room, at, size) {
		const additional = room.subarray(at, at + size);
		this.#ccm.seal(packet.subarray(header, header + 13), additional, packet.subarray(header + 13));
	}

	openPacket(packet, header, room, at, size) {
		const additional = room.subarray(at, at + size);
		return this.#ccm.open(packet.subarray(header, header + 13), additional, packet.subarray(header + 13));
	}

	wipe() {
		this.#ccm.wipe();
	}
}

/** Likewise. */
export class NativeDirection {
	#ccm;
	/** iv(13) and chain(32). */
	#secrets;
	#count;

	constructor(keys) {
		this.rekey(keys);
	}

	rekey(keys) {
		if (keys.length !== 77) throw new RangeError("a direction's keys have 77 octets");
		this.#ccm?.wipe();
		this.#ccm = new Ccm(keys.subarray(0, 32));
		this.#secrets = keys.slice(32);
		this.#count = 0;
	}

	copyChain(octets) {
		octets.set(this.#secrets.subarray(13));
	}

	sealNext(record, header) {
		this.#ccm.seal(this.#nonce(), record.subarray(0, header), record.subarray(header));
		return this.advance();
	}

	openNext(record, header) {
		if (!this.#ccm.open(this.#nonce(), record.subarray(0, header), record.subarray(header))) return 0;
		return this.advance() ? 2 : 1;
	}

	begin(record, header, state) {
		this.#ccm.begin(this.#nonce(), record.subarray(0, header), state, record.length - header - 16);
	}

	work(state, part, opening) {
		part.set(ask("p", idOf(state), Uint8Array.of(opening), part));
	}

	end(state) {
		state.set(ask("e", idOf(state)));
	}

	advance() {
		this.#count = (this.#count + 1) % 0x10000;
		return this.#count === 0;
	}

	wipe() {
		this.#ccm.wipe();
		this.#secrets.fill(0);
	}

	#nonce() {
		const nonce = this.#secrets.slice(0, 13);
		nonce[11] ^= this.#count >> 8;
		nonce[12] ^= this.#count;
		return nonce;
	}
}
