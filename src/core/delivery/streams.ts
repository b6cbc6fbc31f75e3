import { toHex } from "../octets.js";
import type { RandomSource } from "../random.js";
import { decodeFrame, EPOCH } from "./frames.js";
import { Stream, type StreamOptions } from "./stream.js";

/** The streams that a server keeps, by their ids, as many as it may; one that nobody misses makes room for another. */
export class Streams {
	readonly #most: number;
	readonly #make: (id: Uint8Array) => Stream;
	readonly #streams = new Map<string, Stream>();

	constructor(most: number, make: (id: Uint8Array) => Stream) {
		this.#most = most;
		this.#make = make;
	}

	/** The stream that a hello is for; undefined where it is none, or where there is no room for another stream. */
	find(hello: Uint8Array): Stream | undefined {
		const frame = decodeFrame(hello);
		if (frame?.type !== "hello") return undefined;
		const name = toHex(frame.streamId);
		let stream = this.#streams.get(name);
		if (!stream && !this.#makeRoom()) return undefined;
		stream ??= this.#make(frame.streamId);
		// The one that was used last is the last.
		this.#streams.delete(name);
		this.#streams.set(name, stream);
		return stream;
	}

	[Symbol.iterator](): IterableIterator<Stream> {
		return this.#streams.values();
	}

	#makeRoom(): boolean {
		if (this.#streams.size < this.#most) return true;
		for (const [name, stream] of this.#streams)
			if (!stream.attached && !stream.undelivered) return this.#streams.delete(name);
		return false;
	}
}

/** A stream with an epoch of its own. @throws HandshakeError where the random source fails */
export function newStream(options: Omit<StreamOptions, "newEpoch">, random: RandomSource): Stream {
	return new Stream({ ...options, newEpoch: () => random.draw(EPOCH) });
}
