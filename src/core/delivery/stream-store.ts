import { toHex } from "../octets.js";
import type { RandomSource } from "../random.js";
import { decodeFrame, EPOCH } from "./frames.js";
import { Stream, type StreamOptions } from "./stream.js";

/** The streams that a server keeps, by their ids, up to a limit. The least recently used one without a session makes room. */
export class StreamStore {
	readonly #most: number;
	readonly #make: (id: Uint8Array) => Stream;
	readonly #streams = new Map<string, Stream>();

	constructor(most: number, make: (id: Uint8Array) => Stream) {
		this.#most = most;
		this.#make = make;
	}

	/** The stream that a hello is for; undefined if it is no hello, "full" if all others are in use. */
	find(hello: Uint8Array): Stream | "full" | undefined {
		const frame = decodeFrame(hello);
		if (frame?.type !== "hello") return undefined;
		const name = toHex(frame.streamId);
		let stream = this.#streams.get(name);
		if (!stream && !this.#makeRoom()) return "full";
		stream ??= this.#make(frame.streamId);
		// The last one is the most recently used.
		this.#streams.delete(name);
		this.#streams.set(name, stream);
		return stream;
	}

	[Symbol.iterator](): IterableIterator<Stream> {
		return this.#streams.values();
	}

	#makeRoom(): boolean {
		if (this.#streams.size < this.#most) return true;
		const away = [...this.#streams].filter(([, stream]) => !stream.attached);
		const [name, stream] = away.find(([, { undelivered }]) => !undelivered) ?? away[0] ?? [];
		if (name === undefined) return false;
		stream?.abandon();
		return this.#streams.delete(name);
	}
}

/** A stream with an epoch of its own. @throws HandshakeError if the random source fails */
export function newStream(options: Omit<StreamOptions, "newEpoch">, random: RandomSource): Stream {
	return new Stream({ ...options, newEpoch: () => random.draw(EPOCH) });
}
