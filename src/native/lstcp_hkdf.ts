/// <reference path="../moddable/sdk.d.ts" />
// Each of these only calls C, so that xsc makes one function of both.

/** Writes SHA-256 (FIPS 180-4) of the first `size` octets into `into` at `at`. @throws RangeError if there are fewer, or no room for 32 */
export function sha256(this: unknown, octets: Uint8Array, size: number, into: Uint8Array, at: number): void {
	native("xs_lstcp_sha256").call(this, octets, size, into, at);
}

/** HKDF-Extract with SHA-256 (RFC 5869 §2.2) into `prk`. @throws RangeError if that does not have 32 octets */
export function extract(this: unknown, salt: Uint8Array, ikm: Uint8Array, prk: Uint8Array): void {
	native("xs_lstcp_hkdf_extract").call(this, salt, ikm, prk);
}

/** HKDF-Expand with SHA-256 (RFC 5869 §2.3) into `okm`. @throws RangeError if that has more than 8,160 octets */
export function expand(this: unknown, prk: Uint8Array, info: Uint8Array, okm: Uint8Array): void {
	native("xs_lstcp_hkdf_expand").call(this, prk, info, okm);
}
