/** The most places in front that stay behind when their items were taken, unless they are less than half of all. */
const TAKEN = 32;

/** A queue: taking from its front costs the same however long it is, unlike `Array.shift`. */
export class Queue<T> {
	private items: (T | undefined)[] = [];
	private head = 0;

	get length(): number {
		return this.items.length - this.head;
	}

	/** The item at that place, counting from the front; undefined behind the end. */
	at(index: number): T | undefined {
		return this.items[this.head + index];
	}

	push(item: T): void {
		this.items.push(item);
	}

	shift(): T | undefined {
		if (!this.length) return undefined;
		const item = this.items[this.head];
		this.items[this.head++] = undefined;
		if (!this.length) this.items.length = this.head = 0;
		else if (this.head >= TAKEN && 2 * this.head >= this.items.length) {
			this.items.splice(0, this.head);
			this.head = 0;
		}
		return item;
	}

	/** Empties it, and returns what was in it. */
	clear(): T[] {
		const rest = this.items.slice(this.head) as T[];
		this.items = [];
		this.head = 0;
		return rest;
	}
}
