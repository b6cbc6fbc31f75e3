import { ask } from "./native.js";

export function fillRandom(octets) {
	octets.set(ask("r", octets.length));
}
