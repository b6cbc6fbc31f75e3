import fc from "fast-check";
import { join } from "../../src/core/octets.js";

/** One change to a sequence of packets; indices are taken modulo what there is. */
export interface Mutation {
	readonly kind: "flip" | "cut" | "insert" | "overwrite" | "drop" | "repeat" | "swap";
	readonly packet: number;
	readonly at: number;
	readonly octets: Uint8Array;
}

export const mutation: fc.Arbitrary<Mutation> = fc.record({
	kind: fc.constantFrom("flip", "cut", "insert", "overwrite", "drop", "repeat", "swap"),
	packet: fc.nat(20),
	at: fc.nat(200),
	octets: fc.uint8Array({ minLength: 1, maxLength: 20 }),
});

/** The lengths of the pieces into which a stream is cut, used again and again. */
export const pieces = fc.array(fc.integer({ min: 1, max: 90 }), { minLength: 1, maxLength: 8 });

export function mutate(packets: readonly Uint8Array[], mutations: readonly Mutation[]): Uint8Array[] {
	const changed: Uint8Array[] = packets.map((packet) => packet.slice());
	for (const { kind, packet, at, octets } of mutations) {
		if (!changed.length) break;
		const index = packet % changed.length;
		const one = changed[index]!;
		const place = at % (one.length + 1);
		if (kind === "flip") one[place % Math.max(1, one.length)]! ^= octets[0]! || 1;
		else if (kind === "cut") changed[index] = one.subarray(0, place);
		else if (kind === "insert") changed[index] = join(one.subarray(0, place), octets, one.subarray(place));
		else if (kind === "overwrite") one.set(octets.subarray(0, one.length - place), place);
		else if (kind === "drop") changed.splice(index, 1);
		else if (kind === "repeat") changed.splice(index, 0, one.slice());
		else changed.push(...changed.splice(index, 1));
	}
	return changed;
}

/** The octets of all packets in pieces of these lengths. */
export function* cut(packets: readonly Uint8Array[], lengths: readonly number[]): Generator<Uint8Array> {
	const stream = join(...packets);
	for (let at = 0, i = 0; at < stream.length; at += lengths[i++ % lengths.length]!)
		yield stream.slice(at, at + lengths[i % lengths.length]!);
}
