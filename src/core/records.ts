import type { Role } from "./codec.js";
import { type Crypto, KEY, NONCE, type RecordCipher } from "./crypto.js";
import { expand } from "./hkdf.js";
import { ascii, wipe } from "./octets.js";

/** Octets of a direction's chain. */
export const CHAIN = 32;
const TRAFFIC_KEYS = KEY + NONCE + CHAIN;
const CLIENT = ascii("LightweightSecureTCP client");
const SERVER = ascii("LightweightSecureTCP server");
const RATCHET = ascii("LightweightSecureTCP ratchet");
/** The number of records that one key seals. `protocol.md`, "Records", Ratchet. */
export const RECORDS_PER_KEY = 0x10000;

/** Both directions of a session, from one side's view. */
export interface Records {
	readonly write: RecordCipher;
	readonly read: RecordCipher;
}

/** A direction's next keys, derived from its chain: key(32) ‖ iv(13) ‖ chain(32). `protocol.md`, "Records", Ratchet. */
export function nextKeys(crypto: Pick<Crypto, "hkdf">, chain: Uint8Array): Uint8Array {
	return expand(crypto, chain, RATCHET, TRAFFIC_KEYS);
}

/**
 * The traffic keys of a session. `protocol.md`, "Traffic keys".
 * @param transcript SHA-256(request ‖ response ‖ success); overwritten by the master secret
 * @param secrets sessionKey ‖ K_master ‖ dh; both are wiped
 */
export function deriveRecords(crypto: Crypto, role: Role, transcript: Uint8Array, secrets: Uint8Array): Records {
	const master = transcript;
	let keys: Uint8Array | undefined;
	let client: RecordCipher | undefined;
	try {
		keys = new Uint8Array(TRAFFIC_KEYS);
		crypto.hkdf.extract(transcript, secrets, master);
		crypto.hkdf.expand(master, CLIENT, keys);
		client = crypto.direction(keys);
		crypto.hkdf.expand(master, SERVER, keys);
		const server = crypto.direction(keys);
		return role === "client" ? { write: client, read: server } : { write: server, read: client };
	} catch (error) {
		client?.wipe();
		throw error;
	} finally {
		wipe(secrets, master, keys);
	}
}
