import { typeError } from "./errors.js";
import { Key } from "./key.js";
import { processRegistry } from "./registry.js";

/** Settings of the whole program. */
export class LightweightSecureTCP {
	/** Sets the handshake key of every client and server that is given none. @throws TypeError */
	static setHandshakeKey(key: Key): void {
		if (!(key instanceof Key)) throw typeError("setHandshakeKey takes a Key; see Key.fromHex");
		processRegistry().handshakeKey = key;
	}

	/** Writes what happens on connections, but never a key or a message, to standard error, or on a device to the trace. */
	static enableDebug(enable: boolean): void {
		processRegistry().debug = enable;
	}
}
