import { type PacketType, payloadOffset } from "./codec.js";
import type { Arrived, RecordCipher } from "./crypto.js";
import { wipe } from "./octets.js";
import type { Profile } from "./profile.js";
import type { Records } from "./records.js";

export interface RecordLayerOptions {
	/** Octets; a multiple of 16, or infinite. */
	readonly slice: number;
	readonly profile: Pick<Profile, "layouts">;
}

/** Records that are worked on in slices; there while one is. */
interface Slicing {
	opening: { readonly record: Uint8Array; readonly work: Generator<void, boolean, void> } | undefined;
	sealing:
		| { readonly record: Uint8Array; readonly messages: number; readonly work: Generator<void, void, void> }
		| undefined;
	/** What this turn's slice may be spent on. */
	may: "seal" | "open" | undefined;
	/** The direction that had the last slice waits for the other. */
	last: "seal" | "open" | undefined;
}

/**
 * Seals and opens a session's records; long ones in slices, one in a turn of the event loop, so that no call takes
 * longer than a slice. One record of each direction can be under way.
 */
export class RecordLayer {
	private readonly write: RecordCipher;
	private readonly read: RecordCipher;
	private readonly options: RecordLayerOptions;
	private slicing: Slicing | undefined;

	constructor({ write, read }: Records, options: RecordLayerOptions) {
		this.write = write;
		this.read = read;
		this.options = options;
	}

	/** Whether a record is being opened, or sealed, in slices. */
	get opening(): boolean {
		return this.slicing?.opening !== undefined;
	}

	get sealing(): boolean {
		return this.slicing?.sealing !== undefined;
	}

	beginTurn(): void {
		const slicing = this.slicing;
		if (!slicing) return;
		const { opening, sealing, last } = slicing;
		if (!opening && !sealing) this.slicing = undefined;
		else slicing.may = sealing && !(last === "seal" && opening) ? "seal" : "open";
	}

	/** Seals a short record in place. One that was being sealed in slices is given up, as if it had never been. */
	seal(record: Uint8Array): void {
		this.stopSealing();
		this.write.seal(record, this.headerOf(record));
	}

	/** Seals a record of so many messages in place, or begins to: answers whether it is done. */
	beginSealing(record: Uint8Array, messages: number): boolean {
		const { slice } = this.options;
		if (this.textLength(record) <= slice) {
			this.seal(record);
			return true;
		}
		this.slices.sealing = { record, messages, work: this.write.sealing(record, this.headerOf(record), slice) };
		return false;
	}

	/** Goes on with it: the record once it is sealed, undefined while more is left, false where this turn's slice is spent. */
	continueSealing(): { record: Uint8Array; messages: number } | undefined | false {
		const slicing = this.slices;
		if (slicing.may !== "seal") return false;
		slicing.may = undefined;
		slicing.last = "seal";
		const { record, messages, work } = slicing.sealing!;
		if (!work.next().done) return undefined;
		slicing.sealing = undefined;
		return { record, messages };
	}

	/**
	 * Opens a record in place, or begins to: answers whether it is genuine, undefined where that is to be seen.
	 * @param behind what has arrived behind it
	 */
	beginOpening(record: Uint8Array, behind: Arrived): boolean | undefined {
		const { slice } = this.options;
		if (this.textLength(record) <= slice) return this.read.open(record, this.headerOf(record), behind);
		this.slices.opening = { record, work: this.read.opening(record, this.headerOf(record), slice) };
		return undefined;
	}

	/** Goes on with it: the outcome, undefined while more is left, false where this turn's slice is spent. */
	continueOpening(): { record: Uint8Array; genuine: boolean } | undefined | false {
		const slicing = this.slices;
		if (slicing.may !== "open") return false;
		slicing.may = undefined;
		slicing.last = "open";
		const { record, work } = slicing.opening!;
		const { done, value } = work.next();
		if (!done) return undefined;
		slicing.opening = undefined;
		return { record, genuine: value === true };
	}

	/** Lets go of a record that is being opened: what still arrives is dropped. Nobody has verified what it held. */
	stopOpening(): void {
		this.read.forget?.();
		const opening = this.slicing?.opening;
		if (!opening) return;
		this.slicing!.opening = undefined;
		opening.work.return(false);
		wipe(opening.record.subarray(this.headerOf(opening.record)));
	}

	wipe(): void {
		this.stopSealing();
		this.stopOpening();
		this.write.wipe();
		this.read.wipe();
	}

	private stopSealing(): void {
		this.slicing?.sealing?.work.return();
		if (this.slicing) this.slicing.sealing = undefined;
	}

	private get slices(): Slicing {
		this.slicing ??= { opening: undefined, sealing: undefined, may: "open", last: undefined };
		return this.slicing;
	}

	private textLength(record: Uint8Array): number {
		return record.length - payloadOffset(record[0] as PacketType, this.options.profile.layouts);
	}

	private headerOf(record: Uint8Array): number {
		return this.options.profile.layouts[record[0]!]!.header;
	}
}
