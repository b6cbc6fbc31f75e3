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

/** The records that are being processed in slices; present while there is one. */
interface Slicing {
	opening: { readonly record: Uint8Array; readonly work: Generator<void, boolean, void> } | undefined;
	sealing:
		| { readonly record: Uint8Array; readonly messages: number; readonly work: Generator<void, void, void> }
		| undefined;
	/** What this turn's slice may be used for. */
	may: "seal" | "open" | undefined;
	/** The last slice's direction, which then waits for the other. */
	last: "seal" | "open" | undefined;
}

/**
 * Seals and opens a session's records; long ones in slices, one per turn of the event loop, so that no call takes longer
 * than a slice. One record of each direction can be in progress.
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

	/** Whether a record is being opened (`sealing`: sealed) in slices. */
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

	/** Seals a short record in place. A record that is being sealed in slices is abandoned, as if it had never existed. */
	seal(record: Uint8Array): void {
		this.stopSealing();
		this.write.seal(record, this.headerOf(record));
	}

	/** Seals a record with that many messages in place, or begins to; returns whether it is done. */
	beginSealing(record: Uint8Array, messages: number): boolean {
		const { slice } = this.options;
		if (this.textLength(record) <= slice) {
			this.seal(record);
			return true;
		}
		this.slices.sealing = { record, messages, work: this.write.sealing(record, this.headerOf(record), slice) };
		return false;
	}

	/** Continues: returns the record once it is sealed, undefined while more is left, false if this turn's slice is used up. */
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
	 * Opens a record in place, or begins to; returns whether it is genuine, undefined if that is not known yet.
	 * @param behind what has arrived after it
	 */
	beginOpening(record: Uint8Array, behind: Arrived): boolean | undefined {
		const { slice } = this.options;
		if (this.textLength(record) <= slice) return this.read.open(record, this.headerOf(record), behind);
		this.slices.opening = { record, work: this.read.opening(record, this.headerOf(record), slice) };
		return undefined;
	}

	/** Continues: returns the outcome, undefined while more is left, false if this turn's slice is used up. */
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

	/** Drops a record that is being opened. Its text, not verified yet, is wiped. */
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
