/** Parts of the SDK that its typings, or those on npm, lack. */

declare module "crypt" {
	interface BlockCipher {
		readonly blockSize: number;
	}

	/** CBC keeps its chaining value, and CTR its counter, between calls. */
	interface Mode {
		setIV(iv: ArrayBuffer): void;
		/** `result` has at least as many octets as `data`. */
		encrypt(data: Uint8Array, result: ArrayBuffer): ArrayBuffer;
		/** In place if both are the same view. */
		decrypt(data: Uint8Array, result: Uint8Array): Uint8Array;
	}

	const crypt: {
		readonly BlockCipher: new (cipher: "AES", key: ArrayBuffer) => BlockCipher;
		readonly Mode: new (mode: "CBC" | "CTR", cipher: BlockCipher) => Mode;
	};
	export default crypt;
	export type { Mode };
}

declare module "ecp" {
	export default class ECPoint {
		constructor(x: bigint, y: bigint);
		readonly X: bigint;
		readonly Y: bigint;
	}
}

declare module "ec" {
	import type ECPoint from "ecp";

	/** The curve y² = x³ + ax + b mod m. */
	export default class EC {
		constructor(a: bigint, b: bigint, m: bigint);
		mul(point: ECPoint, scalar: bigint): ECPoint;
	}
}

interface ArrayBufferConstructor {
	/** Big-endian, at least that many octets. */
	fromBigInt(value: bigint, least: number): ArrayBuffer;
}

/** The host function with that name; compiled by xsc. */
declare function native(name: string): (...args: unknown[]) => unknown;

/** A class whose objects have the host destructor with that name; compiled by xsc. */
declare function Native(name: string): new () => object;
