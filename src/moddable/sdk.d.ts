/** What the SDK has and its typings, or those on npm, lack. */

declare module "crypt" {
	interface BlockCipher {
		readonly blockSize: number;
	}

	/** CBC keeps its chaining value, and CTR its counter, from call to call. */
	interface Mode {
		setIV(iv: ArrayBuffer): void;
		/** `result` has at least as many octets as `data`. */
		encrypt(data: Uint8Array, result: ArrayBuffer): ArrayBuffer;
		/** In place where both are the same view. */
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
	/** Big-endian, of at least so many octets. */
	fromBigInt(value: bigint, least: number): ArrayBuffer;
}

/** A host function of the name given; compiled by xsc. */
declare function native(name: string): (...args: unknown[]) => unknown;

/** A class whose objects have a host destructor of the name given; compiled by xsc. */
declare function Native(name: string): new () => object;
