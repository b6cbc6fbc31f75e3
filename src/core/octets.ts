/** The octets of an ASCII label, without a terminator. For constants: on XS each character costs slots. */
export function ascii(label: string): Uint8Array {
	const octets = new Uint8Array(label.length);
	for (let i = 0; i < label.length; i++) octets[i] = label.charCodeAt(i);
	return octets;
}

/** Shared, since an array takes seven slots on a device. Frozen there, so that it cannot be wiped. */
export const nothing: Uint8Array = new Uint8Array(0);

/** All parts joined: `a ‖ b ‖ …`. */
export function join(...parts: readonly Uint8Array[]): Uint8Array {
	// Not `for … of`, which creates an iterator on XS; likewise in everything that runs per message or handshake.
	let length = 0;
	for (let i = 0; i < parts.length; i++) length += parts[i]!.length;
	const joined = new Uint8Array(length);
	for (let i = 0, offset = 0; i < parts.length; i++) {
		joined.set(parts[i]!, offset);
		offset += parts[i]!.length;
	}
	return joined;
}

/** A copy as a plain Uint8Array. Not `slice`: that of a Node.js Buffer is a view. */
export function copy(octets: Uint8Array): Uint8Array {
	return new Uint8Array(octets);
}

/** Compares in a time that depends only on the lengths. */
export function equalInConstantTime(a: Uint8Array, b: Uint8Array): boolean {
	if (a.length !== b.length) return false;
	let difference = 0;
	for (let i = 0; i < a.length; i++) difference |= a[i]! ^ b[i]!;
	return difference === 0;
}

// Not a rest parameter, which creates an array on XS.
export function wipe(one: Uint8Array | undefined, two?: Uint8Array, three?: Uint8Array): void {
	one?.fill(0);
	two?.fill(0);
	three?.fill(0);
}

const digits = "0123456789abcdef";

export function toHex(octets: Uint8Array): string {
	let text = "";
	for (const octet of octets) text += digits[octet >> 4]! + digits[octet & 15]!;
	return text;
}

/** The octets of hex digits of either case, or undefined if `text` is anything else. */
export function fromHex(text: string): Uint8Array | undefined {
	if (text.length % 2 || /[^0-9a-fA-F]/.test(text)) return undefined;
	const octets = new Uint8Array(text.length / 2);
	for (let i = 0; i < octets.length; i++) octets[i] = Number.parseInt(text.slice(2 * i, 2 * i + 2), 16);
	return octets;
}
