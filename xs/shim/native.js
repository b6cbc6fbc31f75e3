const { raw } = globalThis.lst;

function u32(value, octets, at) {
	octets[at] = value >>> 24;
	octets[at + 1] = value >>> 16;
	octets[at + 2] = value >>> 8;
	octets[at + 3] = value;
}

/** The host's answer to one of the operations of `xs/crypto.ts`: a letter, and its arguments. */
export function ask(operation, ...parts) {
	let length = 1;
	for (const part of parts) length += typeof part === "number" ? 4 : part.byteLength;
	const octets = new Uint8Array(length);
	octets[0] = operation.charCodeAt(0);
	let at = 1;
	for (const part of parts) {
		if (typeof part === "number") {
			u32(part, octets, at);
			at += 4;
		} else {
			octets.set(part instanceof ArrayBuffer ? new Uint8Array(part) : part, at);
			at += part.byteLength;
		}
	}
	return raw(octets);
}

/** An object of the host, by its id. */
export function make(operation, ...parts) {
	const [a, b, c, d] = ask(operation, ...parts);
	return (a << 24) | (b << 16) | (c << 8) | d;
}
