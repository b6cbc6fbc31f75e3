import { ask } from "./native.js";

/** As `src/native/lstcp_hkdf.ts`, whose C a device runs. */
export function sha256(octets, size, into, at) {
	if (size > octets.length) throw new RangeError("there are not so many octets");
	into.set(ask("h", octets.subarray(0, size)), at);
}

export function extract(salt, ikm, prk) {
	if (prk.length !== 32) throw new RangeError("HKDF-SHA256 yields no such number of octets");
	prk.set(ask("x", salt.length, salt, ikm));
}

export function expand(prk, info, okm) {
	if (okm.length > 255 * 32) throw new RangeError("HKDF-SHA256 yields no such number of octets");
	okm.set(ask("y", okm.length, prk.length, prk, info));
}
