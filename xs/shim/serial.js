import { fromHex, toHex } from "./hex.js";

const { host, receive } = globalThis.lst;
const LINE = 0;

/** ECMA-419's Serial, clause 10.6, over the host's only line. */
export default class Serial {
	#arrived;

	constructor({ onReadable }) {
		receive(LINE, (_event, octets) => {
			this.#arrived = fromHex(octets).buffer;
			onReadable?.call(this, this.#arrived.byteLength);
		});
	}

	read() {
		return this.#arrived;
	}

	write(octets) {
		host({ serial: toHex(octets) });
	}
}
