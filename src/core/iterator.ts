import { LightweightSecureError, type SessionEnd } from "./errors.js";

interface Waiter<T> {
	resolve(value: IteratorResult<T, undefined>): void;
	reject(reason: unknown): void;
}

/** What a `MessageIterator` needs from its session. */
export interface MessageSource {
	/** Asks the session for its next message, once there is one. */
	pull(): void;
	/** How the session ended, if it has. */
	readonly end: SessionEnd | undefined;
	/** Whether the application itself has closed the session. */
	readonly silent: boolean;
	/** The iteration is over: messages wait for the next reader. */
	release(): void;
}

/** One iteration over a session's messages, each of which is read from the network only when it is asked for. */
export class MessageIterator<T> implements AsyncIterableIterator<T, undefined> {
	readonly #source: MessageSource;
	#reader: Waiter<T> | undefined;
	#done = false;

	constructor(source: MessageSource) {
		this.#source = source;
	}

	next(): Promise<IteratorResult<T, undefined>> {
		return new Promise((resolve, reject) => {
			if (this.#done) return resolve({ done: true, value: undefined });
			if (this.#reader) throw new LightweightSecureError("LST_ITERATING", "the next message is awaited already");
			this.#reader = { resolve, reject };
			if (this.#source.end) this.ended(this.#source.end);
			else this.#source.pull();
		});
	}

	async return(): Promise<IteratorResult<T, undefined>> {
		this.#finish()?.resolve({ done: true, value: undefined });
		return { done: true, value: undefined };
	}

	[Symbol.asyncIterator](): this {
		return this;
	}

	/** The message that `pull` asked for. */
	deliver(message: T): void {
		const reader = this.#reader;
		this.#reader = undefined;
		reader?.resolve({ done: false, value: message });
	}

	/** The session has ended; an end that is not clean is thrown by the next `next`. */
	ended(end: SessionEnd): void {
		if (!this.#reader) return;
		const reader = this.#finish();
		if (end.clean || this.#source.silent) reader?.resolve({ done: true, value: undefined });
		else reader?.reject(end);
	}

	#finish(): Waiter<T> | undefined {
		const reader = this.#reader;
		this.#reader = undefined;
		if (!this.#done) this.#source.release();
		this.#done = true;
		return reader;
	}
}
