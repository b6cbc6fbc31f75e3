import type { PeerAddress } from "./link.js";

/** What is known of a handshake in progress. */
export interface Pending {
	readonly peer: PeerAddress;
	/** Whether the peer has sent a genuine packet, and so holds the key. */
	readonly heard: boolean;
}

/**
 * The handshakes in progress, bounded in total and per address. If there is no room, the oldest one that has sent nothing genuine is
 * dropped, so that peers that hold the key, and need only a moment, get in during a flood.
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

	/** Adds one, and returns the one to drop for it, if any. */
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

	/** Removes and returns the oldest one that has sent nothing genuine. */
	takeSilent(): T | undefined {
		const silent = this.#all.find(({ heard }) => !heard);
		if (silent) this.delete(silent);
		return silent;
	}

	/** Removes one; returns whether it was there. */
	delete(one: T): boolean {
		const index = this.#all.indexOf(one);
		if (index >= 0) this.#all.splice(index, 1);
		return index >= 0;
	}

	/** A snapshot of those in progress. */
	[Symbol.iterator](): IterableIterator<T> {
		return [...this.#all].values();
	}
}

function leastHeard<T extends Pending>(from: readonly T[]): T | undefined {
	return from.find(({ heard }) => !heard) ?? from[0];
}
