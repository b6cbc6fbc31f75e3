import type { PeerAddress } from "./link.js";

/** What is known of a handshake that is under way. */
export interface Pending {
	readonly peer: PeerAddress;
	/** Whether a packet of it was genuine: then its peer holds the key. */
	readonly heard: boolean;
}

/**
 * The handshakes under way, bounded in all and for each address. Where there is no room the oldest that was not heard of yet
 * makes it, so that who holds the key gets in while others flood: they need but a moment.
 */
export class PendingHandshakes<T extends Pending> {
	readonly #most: number;
	readonly #mostPerAddress: number;
	/** The oldest first. */
	readonly #all: T[] = [];

	constructor(most: number, mostPerAddress: number) {
		this.#most = most;
		this.#mostPerAddress = mostPerAddress;
	}

	/** Takes one in, and answers the one that is to be dropped for it. */
	add(one: T): T | undefined {
		const { address } = one.peer;
		const neighbours = this.#all.filter(({ peer }) => peer.address === address);
		let dropped: T | undefined;
		if (neighbours.length >= this.#mostPerAddress) dropped = leastHeard(neighbours);
		else if (this.#all.length >= this.#most) dropped = leastHeard(this.#all);
		if (dropped) this.delete(dropped);
		this.#all.push(one);
		return dropped;
	}

	/** Takes out the oldest that was not heard of yet. */
	takeSilent(): T | undefined {
		const silent = this.#all.find(({ heard }) => !heard);
		if (silent) this.delete(silent);
		return silent;
	}

	/** Answers whether it was under way. */
	delete(one: T): boolean {
		const index = this.#all.indexOf(one);
		if (index >= 0) this.#all.splice(index, 1);
		return index >= 0;
	}

	/** Those that are under way now, whatever becomes of them meanwhile. */
	[Symbol.iterator](): IterableIterator<T> {
		return [...this.#all].values();
	}
}

function leastHeard<T extends Pending>(from: readonly T[]): T | undefined {
	return from.find(({ heard }) => !heard) ?? from[0];
}
