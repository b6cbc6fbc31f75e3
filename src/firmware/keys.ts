import Preference from "preference";
import { keyFromHex } from "../core/key.js";
import { equalInConstantTime, wipe } from "../core/octets.js";
import { Key } from "../moddable/key.js";

/** The keys' place in NVS. On ESP8266 a preference holds at most 63 octets; on ESP32 its name has at most 15. */
const DOMAIN = "lst";
const KEY = "key";
/** A key that was handed over and has not opened a session yet. */
const NEXT = "next-key";

/** The octets in NVS, to be wiped after use; undefined if there are none. */
function kept(name: string): Uint8Array | undefined {
	const stored = Preference.get(DOMAIN, name);
	return stored instanceof ArrayBuffer ? new Uint8Array(stored) : undefined;
}

function read(name: string): Key | undefined {
	const octets = kept(name);
	try {
		return octets && new Key(octets);
	} finally {
		wipe(octets);
	}
}

/** Stores octets, which have a buffer of their own; returns whether NVS has kept them. */
function keep(name: string, octets: Uint8Array): boolean {
	Preference.set(DOMAIN, name, octets.buffer as ArrayBuffer);
	const stored = kept(name);
	const same = stored !== undefined && equalInConstantTime(stored, octets);
	wipe(stored);
	return same;
}

function write(name: string, hex: string): void {
	const octets = keyFromHex(hex);
	try {
		if (!keep(name, octets)) throw new Error("the key was not kept: NVS is full or damaged");
	} finally {
		wipe(octets);
	}
}

/** The key of these 64 hex digits, if it has this id: a line that was garbled gives another. @throws Error */
export function keyWithId(hex: string, id: string): Key {
	const key = Key.fromHex(hex);
	if (key.id !== id) throw new Error(`a key with the id ${key.id} came where ${id || "none"} was announced`);
	return key;
}

/** The key in NVS; undefined if there is none. @throws RangeError if something else is stored there */
export const storedKey = (): Key | undefined => read(KEY);
/**
 * Stores the key in NVS, where it takes precedence over the compiled one, and deletes the next key.
 * @throws TypeError, RangeError if it is not 64 hex digits; Error if NVS does not take it
 */
export function storeKey(hex: string): void {
	write(KEY, hex);
	forgetNextKey();
}

export function eraseKey(): void {
	Preference.delete(DOMAIN, KEY);
	Preference.delete(DOMAIN, NEXT);
}

/** The key that was handed over for future sessions. @throws as `storedKey` */
export const nextKey = (): Key | undefined => read(NEXT);
/** @throws as `storeKey` */
export const storeNextKey = (hex: string): void => write(NEXT, hex);
export const forgetNextKey = (): void => Preference.delete(DOMAIN, NEXT);

/** Makes the next key the current one: stores it before deleting it as the next, so that one of them survives a power cut. */
export function promoteNextKey(): void {
	const next = kept(NEXT);
	try {
		if (next && keep(KEY, next)) forgetNextKey();
	} finally {
		wipe(next);
	}
}

/**
 * The handshake key: the one in NVS, else the one compiled into flash.
 * @throws Error that says what to do if there is none
 */
export function loadKey(compiled: string | undefined): { key: Key; from: "NVS" | "flash" } {
	const stored = storedKey();
	if (stored) return { key: stored, from: "NVS" };
	if (compiled) return { key: Key.fromHex(compiled), from: "flash" };
	// Where power failed while the next key replaced this one: NVS erases a value before it writes another.
	const next = nextKey();
	if (next) return { key: next, from: "NVS" };
	throw new Error("this device has no handshake key: see boards/README.md, or write one with boards/provision");
}
