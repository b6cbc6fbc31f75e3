import crypt from "crypt";
// biome-ignore lint/suspicious/noTsIgnore: the SDK has it without types; on npm's engine it is declared instead
// @ts-ignore
import GCM from "gcm";
import { memory, quit } from "lightweight-secure-tcp/selftest/native/lstcp_selftest";
import Time from "time";
import type { Measure } from "./measures.js";

/** Milliseconds that suffice for a measurement. */
const ENOUGH = 300;
/** Octets of a slot on a chip. */
const SLOT = 16;

/** The cost of the SDK's own AEAD for the same. */
const gcm = (length: number, opening: boolean) => () => {
	const aead = new GCM(new crypt.BlockCipher("AES", new Uint8Array(32).fill(7).buffer));
	const iv = new Uint8Array(12).buffer;
	const additional = Uint8Array.of(1, 0, length).buffer;
	const data = new Uint8Array(opening ? length + 16 : length);
	return () => void aead.process(data, undefined, iv, additional, !opening);
};

/** Times each measure, in microseconds, and those of the SDK's GCM beside them. The server is for a host that counts. */
export function run(measures: Readonly<Record<string, Measure>>, _serve: unknown): void {
	const all: Record<string, Measure> = { ...measures };
	for (const length of [20, 1024]) {
		all[`the SDK's GCM: seal ${length} octets`] = gcm(length, false);
		all[`the SDK's GCM: open ${length} octets`] = gcm(length, true);
	}
	for (const [name, prepare] of Object.entries(all)) {
		const once = prepare();
		if (name.startsWith("handshake")) {
			once();
			const before = memory();
			const { slots, chunks } = memory(false);
			once();
			const after = memory(false);
			const made = { slots: after.slots - 2 * slots + before.slots, chunks: after.chunks - 2 * chunks + before.chunks };
			trace(`allocated in a ${name}, slots\t${made.slots}\n`);
			trace(`allocated in a ${name}, octets of chunks\t${made.chunks}\n`);
			trace(
				`allocated in a ${name}, octets of slots, of ${SLOT} each, and chunks\t${made.slots * SLOT + made.chunks}\n`,
			);
		}
		let times = 1;
		let took = 0;
		while (took < ENOUGH) {
			times *= 2;
			const begin = Time.ticks;
			for (let i = 0; i < times; i++) once();
			took = Time.delta(begin, Time.ticks);
		}
		trace(`${name}\t${((1000 * took) / times).toFixed(2)}\n`);
	}
	quit(0);
}
