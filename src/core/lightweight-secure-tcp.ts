import { typeError } from "./errors.js";
import { Key } from "./key.js";
import { processRegistry } from "./registry.js";

/** What holds for the whole program. */
export class LightweightSecureTCP {
	/** The handshake key of every client and server that is given none of its own. @throws TypeError */
	static setHandshakeKey(key: Key): void {
		if (!(key instanceof Key)) throw typeError("setHandshakeKey takes a Key; see Key.fromHex");
		processRegistry().handshakeKey = key;
	}

	/** Tells what happens on connections, never a key or a message: on standard error, or by trace on a device. */
	static enableDebug(enable: boolean): void {
		processRegistry().debug = enable;
	}
}
