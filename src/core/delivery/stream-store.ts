import { toHex } from "../octets.js";
import type { RandomSource } from "../random.js";
import { decodeFrame, EPOCH } from "./frames.js";
import { Stream, type StreamOptions } from "./stream.js";

/** The streams that a server keeps, by their ids, up to a limit. The least recently used one without a session makes room. */
export class StreamStore {
	readonly #most: number;
	readonly #make: (id: Uint8Array) => Stream;
	readonly #onNew: (stream: Stream) => void;
	readonly #streams = new Map<string, Stream>();

	constructor(most: number, make: (id: Uint8Array) => Stream, onNew: (stream: Stream) => void) {
		this.#most = most;
		this.#make = make;
		this.#onNew = onNew;
	}

	/** `Delivery.find` */
	find(hello: Uint8Array, carrier: { carry(stream: Stream): void }): boolean | "full" {
		const frame = decodeFrame(hello);
		if (frame?.type !== "hello") return false;
		const name = toHex(frame.streamId);
		const known = this.#streams.get(name);
		if (!known && !this.#makeRoom()) return "full";
		const stream = known ?? this.#make(frame.streamId);
		// The last one is the most recently used.
		this.#streams.delete(name);
		this.#streams.set(name, stream);
		// What the session was given before comes before what `onStream` delivers.
		carrier.carry(stream);
		if (!known) this.#onNew(stream);
		return true;
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
