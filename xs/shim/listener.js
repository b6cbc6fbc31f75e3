import TCP from "./tcp.js";

const { host, receive, forget } = globalThis.lst;

/** ECMA-419's TCP listener, clause 10.5, over one of the host. */
export default class Listener {
	#id;
	#port;

	constructor({ port = 0, onReadable }) {
		const answer = host({ listener: "open", port });
		if (!answer) throw new Error("bind socket failed");
		this.#id = answer.id;
		this.#port = answer.port;
		receive(this.#id, (_event, count) => onReadable?.call(this, count));
	}

	get port() {
		return this.#port;
	}

	read() {
		const id = host({ listener: "accept", id: this.#id });
		return id ? TCP.accepted(id) : undefined;
	}

	close() {
		forget(this.#id);
		host({ listener: "close", id: this.#id });
	}
}
