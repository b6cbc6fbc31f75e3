import { KEY, type KeyAgreement, type KeyPair, SHARE } from "../crypto.js";
import { toHex, wipe } from "../octets.js";
import type { RandomSource } from "../random.js";

/** P-256 (SP 800-186 §3.2.1.3): y² = x³ − 3x + b mod p, of prime order n. */
export const P = 0xffffffff00000001000000000000000000000000ffffffffffffffffffffffffn;
export const B = 0x5ac635d8aa3a93e7b3ebbd55769886bc651d06b0cc53b0f63bce3c3e27d2604bn;
const N = Object.freeze([0xffffffff, 0, 0xffffffff, 0xffffffff, 0xbce6faad, 0xa7179e84, 0xf3b9cac2, 0xfc632551]);
/** Delay before the next key pair is prepared, longer than the handshake that took the last one. Milliseconds. */
const IDLE = 2_000;

const toNumber = (octets: Uint8Array) => BigInt(`0x${toHex(octets)}`);

/** Uniform in 1 … n − 1 (SP 800-56A §5.6.1.2.2). @throws HandshakeError "random-source" */
export function drawScalar(random: RandomSource): Uint8Array {
	for (;;) {
		const scalar = random.draw(KEY);
		if (isInRange(scalar)) return scalar;
	}
}

/** Whether a scalar is in 1 … n − 1. The time varies only for scalars that are rejected. */
function isInRange(scalar: Uint8Array): boolean {
	const words = new DataView(scalar.buffer, scalar.byteOffset);
	let bits = 0;
	for (let i = 0; i < N.length; i++) bits |= words.getUint32(4 * i);
	if (!bits) return false;
	for (let i = 0; i < N.length; i++) {
		const word = words.getUint32(4 * i);
		if (word !== N[i]) return word < N[i]!;
	}
	return false;
}

/** P-256 over a platform's multiplication, with one key pair made in advance. */
export class P256 implements KeyAgreement {
	readonly #newKeyPair: (scalar: Uint8Array) => KeyPair;
	readonly #random: RandomSource;
	readonly #later: ((callback: () => void, delay: number) => void) | undefined;
	#prepared: KeyPair | undefined;
	#preparing = false;
	ready = true;

	/**
	 * @param newKeyPair makes the key pair of a scalar of 32 octets, which the callee copies
	 * @param later calls back in another turn of the event loop, after that many milliseconds. Given if a multiplication takes so
	 * long that a turn has time for only one
	 */
	constructor(
		newKeyPair: (scalar: Uint8Array) => KeyPair,
		random: RandomSource,
		later?: (callback: () => void, delay: number) => void,
	) {
		this.#newKeyPair = newKeyPair;
		this.#random = random;
		this.#later = later;
	}

	isShare(octets: Uint8Array): boolean {
		if (octets.length !== SHARE) return false;
		const x = toNumber(octets.subarray(0, SHARE / 2));
		const y = toNumber(octets.subarray(SHARE / 2));
		return x < P && y < P && (y * y - (x * x - 3n) * x - B) % P === 0n;
	}

	take(): KeyPair {
		const pair = this.#prepared ?? this.#make();
		this.#prepared = undefined;
		this.#prepare(IDLE);
		return pair;
	}

	agree(pair: KeyPair, share: Uint8Array): Uint8Array {
		this.#spend();
		const secret = pair.agree(share);
		pair.wipe();
		return secret;
	}

	prepare(): void {
		this.#prepare(0);
	}

	#prepare(delay: number): void {
		if (this.#prepared || this.#preparing) return;
		this.#preparing = this.#schedule(() => {
			this.#preparing = false;
			if (!this.ready) return this.#prepare(delay);
			try {
				this.#prepared = this.#make();
			} catch {
				// The handshake that needs a key pair will meet the same failure and report it.
			}
		}, delay);
	}

	#make(): KeyPair {
		this.#spend();
		const scalar = drawScalar(this.#random);
		try {
			return this.#newKeyPair(scalar);
		} finally {
			wipe(scalar);
		}
	}

	#spend(): void {
		this.ready = !this.#schedule(() => {
			this.ready = true;
		}, 0);
	}

	/** False if no other turn can be scheduled: better two multiplications in one turn than none ever after. */
	#schedule(callback: () => void, delay: number): boolean {
		try {
			this.#later?.(callback, delay);
			return this.#later !== undefined;
		} catch {
			return false;
		}
	}
}
