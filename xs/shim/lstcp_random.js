import { fromHex } from "./hex.js";

export function fillRandom(octets) {
	fromHex(globalThis.lst.host({ random: octets.length }), octets);
}
