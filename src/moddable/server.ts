import Listener from "embedded:io/socket/listener";
import TCP from "embedded:io/socket/tcp";
import { LightweightSecureError } from "../core/errors.js";
import type { PeerAddress } from "../core/link.js";
import { BaseServer, type BaseServerOptions } from "../core/server.js";
import type { Format } from "../core/session.js";
import { hasRoomForSession, moddableLimits, moddablePlatform } from "./platform.js";
import { SocketTransport } from "./socket.js";

/** The SDK's typings lack `close`; `target` is set by the server. */
type OwnedListener = Listener & { close(): void; target: { acceptNext(listener: Listener): void } | undefined };

// One function for all servers, since each closure takes eleven slots.
function onReadable(this: Listener, count: number): void {
	const listener = this as OwnedListener;
	while (count-- > 0) listener.target?.acceptNext(listener);
}

export interface ServerOptions<F extends Format = "buffer"> extends BaseServerOptions<F> {
	/** `io` is used in place of the platform's Listener. */
	socket?: ({ io: typeof Listener } & ThisType<unknown>) | undefined;
}

/** Accepts connections, authenticates them and hands out their sessions in `onHandshakeSuccess`. */
export class LightweightSecureServer<F extends Format = "buffer"> extends BaseServer<F, ServerOptions<F>> {
	#listener: OwnedListener | undefined;

	/** @throws TypeError, RangeError; LightweightSecureError if the keys cannot be used */
	constructor(options: ServerOptions<F> & ThisType<LightweightSecureServer<F>>) {
		super(options, moddablePlatform, moddableLimits);
	}

	get address(): PeerAddress | undefined {
		return this.#listener && { address: "0.0.0.0", port: this.#listener.port };
	}

	protected async listen(): Promise<void> {
		const { port = 0, socket } = this.options;
		const io = socket?.io ?? Listener;
		try {
			this.#listener = new io({ port, onReadable }) as OwnedListener;
			this.#listener.target = this;
		} catch {
			const message = `cannot listen on port ${port}: it is in use or the network is down`;
			throw new LightweightSecureError("LST_LISTEN", message);
		}
	}

	protected async unlisten(): Promise<void> {
		const listener = this.#listener;
		if (listener) listener.target = undefined;
		this.#listener = undefined;
		listener?.close();
	}

	/** @internal A connection waits. */
	acceptNext(listener: Listener): void {
		const from = listener.read();
		if (!from) return;
		let transport: SocketTransport;
		try {
			// Before anything that takes time, since the address is lost once the peer has gone.
			const { remoteAddress: address = "", remotePort: port = 0 } = from;
			while (!hasRoomForSession())
				if (!this.dropSilent())
					throw new LightweightSecureError(
						"LST_MEMORY",
						"a connection was dropped, since there is too little memory for a session; lower the limits",
					);
			transport = new SocketTransport();
			transport.open(TCP, { from, nodelay: true }, { address, port });
		} catch (error) {
			// The peer has gone already, or there is no memory: the others are still served.
			from.close();
			return this.notify(error);
		}
		this.accept(transport);
	}
}
