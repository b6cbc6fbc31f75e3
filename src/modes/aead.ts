/// <reference path="../moddable/sdk.d.ts" />
import crypt, { type Mode } from "crypt";
import type { Aead, RecordCipher } from "../core/crypto.js";
import { type AesModes, Ccm } from "../core/portable/ccm.js";
import { Direction } from "../core/portable/direction.js";
import { hashing } from "../moddable/digest.js";

const BLOCK = 16;
/** Octets per call of the CBC-MAC: `crypt` needs room for the ciphertext, although it is not read. */
const SCRATCH = 256;
/** Shared by all keys and overwritten by each call. Module variables, since everything else that is preloaded is frozen. */
let scratch: Uint8Array<ArrayBuffer> | undefined;
let initial: Uint8Array<ArrayBuffer> | undefined;

class NativeAesModes implements AesModes {
	readonly #cbc: Mode;
	readonly #ctr: Mode;

	constructor(key: Uint8Array) {
		const cipher = new crypt.BlockCipher("AES", new Uint8Array(key).buffer);
		this.#cbc = new crypt.Mode("CBC", cipher);
		this.#ctr = new crypt.Mode("CTR", cipher);
	}

	cbcBegin(): void {
		initial ??= new Uint8Array(BLOCK);
		initial.fill(0);
		this.#cbc.setIV(initial.buffer);
	}

	cbcFeed(blocks: Uint8Array, mac: Uint8Array): void {
		scratch ??= new Uint8Array(SCRATCH);
		for (let at = 0; at < blocks.length; at += SCRATCH) {
			const part = blocks.length <= SCRATCH ? blocks : blocks.subarray(at, at + SCRATCH);
			this.#cbc.encrypt(part, scratch.buffer);
			if (at + SCRATCH >= blocks.length) mac.set(scratch.subarray(part.length - BLOCK, part.length));
		}
	}

	ctrBegin(counter: Uint8Array): void {
		initial ??= new Uint8Array(BLOCK);
		initial.set(counter);
		this.#ctr.setIV(initial.buffer);
	}

	ctrFeed(octets: Uint8Array): void {
		this.#ctr.decrypt(octets, octets);
	}

	/** `crypt` keeps its keys out of reach: they are freed with the object, by the garbage collector. */
	wipe(): void {}
}

/** AES-256-CCM over the modes of `crypt`, for builds without the native AEAD: `manifest.json` beside this puts it in its place. */
export const newAead = (key: Uint8Array): Aead => new Ccm(new NativeAesModes(key));

/** A direction of a session, from its keys. */
export const newDirection = (keys: Uint8Array): RecordCipher =>
	new Direction({ aead: newAead, hkdf: hashing.hkdf }, keys);
