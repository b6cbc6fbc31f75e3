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
	readonly #all = new Set<T>();
	readonly #byAddress = new Map<string, Set<T>>();

	constructor(most: number, mostPerAddress: number) {
		this.#most = most;
		this.#mostPerAddress = mostPerAddress;
	}

	/** Takes one in, and answers the one that is to be dropped for it. */
	add(one: T): T | undefined {
		const { address } = one.peer;
		let neighbours = this.#byAddress.get(address);
		let dropped: T | undefined;
		if (neighbours && neighbours.size >= this.#mostPerAddress) dropped = leastHeard(neighbours);
		else if (this.#all.size >= this.#most) dropped = leastHeard(this.#all);
		if (dropped) this.delete(dropped);
		neighbours = this.#byAddress.get(address);
		if (neighbours) neighbours.add(one);
		else this.#byAddress.set(address, new Set([one]));
		this.#all.add(one);
		return dropped;
	}

	delete(one: T): void {
		const { address } = one.peer;
		const neighbours = this.#byAddress.get(address);
		neighbours?.delete(one);
		if (neighbours?.size === 0) this.#byAddress.delete(address);
		this.#all.delete(one);
	}

	[Symbol.iterator](): IterableIterator<T> {
		return this.#all.values();
	}
}

/** Sets keep their order: the first is the oldest. */
function leastHeard<T extends Pending>(from: Set<T>): T | undefined {
	for (const one of from) if (!one.heard) return one;
	const [oldest] = from;
	return oldest;
}
