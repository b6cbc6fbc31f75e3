import { type Layouts, layouts, type PacketType, payloadOffset } from "./codec.js";
import type { Records } from "./records.js";

/**
 * Seals and opens a session's records; long ones in slices, one in a turn of the event loop, so that no call takes
 * longer than a slice. One record of each direction can be under way.
 */
export class RecordLayer {
	readonly #records: Records;
	readonly #slice: number;
	readonly #layouts: Layouts;
	#maySeal = false;
	#mayOpen = false;
	#openedLast = true;
	#opening: { record: Uint8Array; work: Generator<void, boolean, void> } | undefined;
	#sealing: { record: Uint8Array; work: Generator<void, void, void> } | undefined;

	/** @param slice octets; a multiple of 16, or infinite */
	constructor(records: Records, slice: number, table = layouts) {
		this.#records = records;
		this.#slice = slice;
		this.#layouts = table;
	}

	/** Whether a record is being opened, or sealed, in slices. */
	get opening(): boolean {
		return this.#opening !== undefined;
	}

	get sealing(): boolean {
		return this.#sealing !== undefined;
	}

	beginTurn(): void {
		// One slice at a time: the direction that had the last one waits for the other.
		this.#maySeal = this.#sealing !== undefined && !(this.#openedLast === false && this.#opening);
		this.#mayOpen = !this.#maySeal;
	}

	/** Seals a short record in place. One that was being sealed in slices is given up, as if it had never been. */
	seal(record: Uint8Array): void {
		this.#sealing = undefined;
		this.#records.write.seal(record, this.headerOf(record));
	}

	/** Seals a record in place, or begins to: answers whether it is done. */
	beginSealing(record: Uint8Array): boolean {
		if (this.textLength(record) <= this.#slice) this.seal(record);
		else this.#sealing = { record, work: this.#records.write.sealing(record, this.headerOf(record), this.#slice) };
		return !this.#sealing;
	}

	/** Goes on with it: the record once it is sealed, undefined while more is left, false where this turn's slice is spent. */
	continueSealing(): Uint8Array | undefined | false {
		if (!this.#maySeal) return false;
		this.#maySeal = false;
		this.#openedLast = false;
		const { record, work } = this.#sealing!;
		if (!work.next().done) return undefined;
		this.#sealing = undefined;
		return record;
	}

	/** Opens a record in place, or begins to: answers whether it is genuine, undefined where that is to be seen. */
	beginOpening(record: Uint8Array): boolean | undefined {
		if (this.textLength(record) <= this.#slice) return this.#records.read.open(record, this.headerOf(record));
		this.#opening = { record, work: this.#records.read.opening(record, this.headerOf(record), this.#slice) };
		return undefined;
	}

	/** Goes on with it: the outcome, undefined while more is left, false where this turn's slice is spent. */
	continueOpening(): { record: Uint8Array; genuine: boolean } | undefined | false {
		if (!this.#mayOpen) return false;
		this.#mayOpen = false;
		this.#openedLast = true;
		const { record, work } = this.#opening!;
		const { done, value } = work.next();
		if (!done) return undefined;
		this.#opening = undefined;
		return { record, genuine: value === true };
	}

	/** Lets go of a record that is being opened: what still arrives is dropped. */
	stopOpening(): void {
		this.#opening = undefined;
	}

	wipe(): void {
		this.#opening = this.#sealing = undefined;
		this.#records.write.wipe();
		this.#records.read.wipe();
	}

	private textLength(record: Uint8Array): number {
		return record.length - payloadOffset(record[0] as PacketType, this.#layouts);
	}

	private headerOf(record: Uint8Array): number {
		return this.#layouts[record[0]!]!.header;
	}
}
