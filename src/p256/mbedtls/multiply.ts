/// <reference path="../../moddable/sdk.d.ts" />
/** `x ‖ y` of a scalar, 32 octets, times the base point. @throws Error where there is no memory for it */
export function publicKey(this: unknown, scalar: Uint8Array): Uint8Array {
	const share = new Uint8Array(64);
	native("xs_lstcp_p256_share").call(this, share, scalar);
	return share;
}

/** The x-coordinate of a scalar times a point of the curve. @throws Error where there is no memory for it */
export function secret(this: unknown, scalar: Uint8Array, share: Uint8Array): Uint8Array {
	const x = new Uint8Array(32);
	native("xs_lstcp_p256_secret").call(this, x, scalar, share);
	return x;
}
