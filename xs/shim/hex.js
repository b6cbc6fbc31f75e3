const digits = Array.from({ length: 256 }, (_, octet) => octet.toString(16).padStart(2, "0"));

/** Encodes octets for the host. */
export function toHex(octets) {
	let text = "";
	for (const octet of octets instanceof ArrayBuffer ? new Uint8Array(octets) : octets) text += digits[octet];
	return text;
}

/** Decodes octets from the host, into `octets` or into a new array. */
export function fromHex(text, octets = new Uint8Array(text.length / 2)) {
	for (let i = 0; i < octets.length; i++) octets[i] = Number.parseInt(text.slice(2 * i, 2 * i + 2), 16);
	return octets;
}
