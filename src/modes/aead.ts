/// <reference path="../moddable/sdk.d.ts" />
import crypt, { type Mode } from "crypt";
import type { Aead, RecordCipher } from "../core/crypto.js";
import { type AesModes, Ccm } from "../core/portable/ccm.js";
import { Direction } from "../core/portable/direction.js";
import { hashing } from "../moddable/digest.js";

const BLOCK = 16;
/** Octets that one call of the CBC-MAC takes: `crypt` wants room for a ciphertext that nobody reads. */
const SCRATCH = 256;
/** Overwritten by each call, of every key: module variables, since what is preloaded is frozen but for those. */
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

	/** `crypt` keeps its keys where no code reaches them: they go when the garbage collector takes the object. */
	wipe(): void {}
}

/** AES-256-CCM by the modes of `crypt`, for where the native AEAD is not linked: `manifest.json` beside this puts it in its place. */
export const newAead = (key: Uint8Array): Aead => new Ccm(new NativeAesModes(key));

/** A direction of a session by its keys. */
export const newDirection = (keys: Uint8Array): RecordCipher =>
	new Direction({ aead: newAead, hkdf: hashing.hkdf }, keys);
