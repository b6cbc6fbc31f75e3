import { fromHex, toHex } from "./hex.js";

const { host } = globalThis.lst;

class BlockCipher {
	constructor(_cipher, key) {
		this.key = toHex(key);
	}
}

class Mode {
	#id;

	constructor(mode, cipher) {
		this.#id = host({ mode, key: cipher.key });
	}

	setIV(iv) {
		host({ mode: "iv", id: this.#id, iv: toHex(iv) });
	}

	encrypt(data, result) {
		fromHex(host({ mode: "update", id: this.#id, data: toHex(data) }), new Uint8Array(result, 0, data.length));
		return result;
	}

	decrypt(data, result) {
		return fromHex(host({ mode: "update", id: this.#id, data: toHex(data) }), result);
	}
}

class Digest {
	#data = "";

	constructor(type) {
		if (type !== "SHA256") throw new Error("unsupported digest");
	}

	write(data) {
		this.#data += toHex(data);
	}

	close() {
		return fromHex(host({ sha256: this.#data })).buffer;
	}
}

export default Object.freeze({ BlockCipher, Mode, Digest });
