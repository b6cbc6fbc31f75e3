import { typeError } from "../core/errors.js";
import { Key } from "../core/key.js";
import { registry } from "../core/registry.js";
import { enableDebug } from "./debug.js";

/** What holds for the whole program. */
export class LightweightSecureTCP {
	/** The handshake key of every client and server that is given none of its own. @throws TypeError */
	static setHandshakeKey(key: Key): void {
		if (!(key instanceof Key)) throw typeError("setHandshakeKey takes a Key; see Key.fromHex");
		registry.handshakeKey = key;
	}

	/** Writes what happens on connections, never a key or a message, to standard error. */
	static enableDebug(enable: boolean): void {
		enableDebug(enable);
	}
}
