/// <reference path="../moddable/sdk.d.ts" />
import EC from "ec";
import ECPoint from "ecp";
import { KEY, SHARE } from "../core/crypto.js";
import { copy, wipe } from "../core/octets.js";
import { B, P } from "../core/p256/p256.js";

/** The base point, and the curve for the SDK's `ec`, which neither checks its arguments nor takes constant time. */
const A = P - 3n;
const GX = 0x6b17d1f2e12c4247f8bce6e563a440f277037d812deb33a0f4a13945d898c296n;
const GY = 0x4fe342e2fe1a7f9b8ee7eb4a7c0f9e162bce33576b315ececbb6406837bf51f5n;

function toNumber(octets: Uint8Array): bigint {
	const copied = copy(octets);
	const number = BigInt.fromArrayBuffer(copied.buffer) as bigint;
	wipe(copied);
	return number;
}
const toOctets = (number: bigint) => new Uint8Array(ArrayBuffer.fromBigInt(number, KEY));
const multiply = (scalar: Uint8Array, x: bigint, y: bigint) => new EC(A, B, P).mul(new ECPoint(x, y), toNumber(scalar));

/** `x ‖ y` of a scalar, 32 octets, times the base point. */
export function publicKey(scalar: Uint8Array): Uint8Array {
	const product = multiply(scalar, GX, GY);
	const octets = new Uint8Array(SHARE);
	octets.set(toOctets(product.X));
	octets.set(toOctets(product.Y), KEY);
	return octets;
}

/** The x-coordinate of a scalar times a point of the curve. */
export function secret(scalar: Uint8Array, share: Uint8Array): Uint8Array {
	return toOctets(multiply(scalar, toNumber(share.subarray(0, KEY)), toNumber(share.subarray(KEY))).X);
}
