import { fromHex, toHex } from "./hex.js";

const { host, receive, forget } = globalThis.lst;

/** ECMA-419's TCP, clause 10.4, over a socket of the host. */
export default class TCP {
	#id;

	constructor(options) {
		if (options === undefined) return;
		const { from, address, port, onReadable, onWritable, onError } = options;
		this.#id = from ? from.#id : host({ tcp: "connect", address, port });
		receive(this.#id, (event, value) => {
			if (event === "readable") onReadable?.call(this, value);
			else if (event === "writable") onWritable?.call(this, value);
			else if (event === "error") onError?.call(this);
		});
		host({ tcp: "listen", id: this.#id });
	}

	/** For the listener. */
	static accepted(id) {
		const tcp = new TCP();
		tcp.#id = id;
		return tcp;
	}

	get remoteAddress() {
		return host({ tcp: "peer", id: this.#id }).address;
	}

	get remotePort() {
		return host({ tcp: "peer", id: this.#id }).port;
	}

	read(count) {
		const octets = host({ tcp: "read", id: this.#id, count });
		return octets ? fromHex(octets).buffer : undefined;
	}

	write(octets) {
		const free = host({ tcp: "write", id: this.#id, octets: toHex(octets) });
		if (free < 0) throw new Error("would block");
		return free;
	}

	close() {
		forget(this.#id);
		host({ tcp: "close", id: this.#id });
	}
}
