import type { Action, ConnectionOptions } from "../../src/core/actions.js";
import { suites } from "../../src/core/codec.js";
import { Connection } from "../../src/core/connection.js";
import type { Crypto } from "../../src/core/crypto.js";
import type { HandshakeError, SessionEnd } from "../../src/core/errors.js";
import { Key } from "../../src/core/key.js";
import { join } from "../../src/core/octets.js";
import { P256 } from "../../src/core/p256/p256.js";
import { RandomSource } from "../../src/core/random.js";
import { Registry } from "../../src/core/registry.js";
import { secureProfile } from "../../src/core/secure.js";
import { nodeCrypto } from "../../src/node/crypto.js";
import { newKeyPair } from "../../src/node/p256.js";

export const newKey = (fill = 0x42, crypto = nodeCrypto): Key =>
	new Key(
		new Uint8Array(32).map((_, i) => fill ^ (i * 37)),
		crypto,
	);

/** The options that a test sets; all others have their defaults. `crypto` also makes the random source. */
export type SideOptions = Partial<ConnectionOptions>;

export function connectionOptions(role: "client" | "server", options: SideOptions = {}): ConnectionOptions {
	const crypto: Crypto = options.crypto ?? nodeCrypto;
	const random = new RandomSource(crypto);
	return {
		role,
		profile: secureProfile,
		crypto,
		random,
		agreement: new P256(newKeyPair, random),
		registry: new Registry(),
		keys: [newKey()],
		suites: [suites.psk],
		context: new Uint8Array(0),
		allowSelfConnection: false,
		handshakeTimeout: 10_000,
		keepAliveInterval: 5_000,
		inactivityTimeout: 30_000,
		sendTimeout: 30_000,
		maxMessage: 0xffff,
		steps: true,
		slice: Number.POSITIVE_INFINITY,
		maxQueued: 1 << 20,
		maxBundle: 1024,
		padTo: 0,
		...options,
	};
}

/** A connection without a socket, which keeps the actions it asks for, in order, with copies of all octets. */
export class Side {
	readonly connection: Connection;
	readonly options: ConnectionOptions;
	readonly actions: Action[] = [];
	/** The writes that were not yet passed to the other side, one element each. */
	outgoing: Uint8Array[] = [];
	now = 0;
	writable = true;
	pending = 10;

	constructor(role: "client" | "server", options: SideOptions = {}) {
		this.options = connectionOptions(role, options);
		this.connection = new Connection(this.options);
	}

	/** Performs all actions that are due. */
	pump(): this {
		this.connection.beginTurn();
		for (
			let action: Action | undefined;
			(action = this.connection.next(this.now, this.writable, true, this.pending));
		) {
			if (action.type === "write") this.outgoing.push(action.octets.slice());
			this.actions.push(action.type === "deliver" ? { ...action, message: action.message.slice() } : { ...action });
		}
		return this;
	}

	/** Receives octets and performs all actions that are due. */
	feed(...octets: readonly Uint8Array[]): this {
		this.connection.receive(join(...octets));
		return this.pump();
	}

	/** Takes what was written since the last call. */
	take(): Uint8Array[] {
		const taken = this.outgoing;
		this.outgoing = [];
		return taken;
	}

	advance(milliseconds: number): this {
		this.now += milliseconds;
		return this.pump();
	}

	of<T extends Action["type"]>(type: T): Extract<Action, { type: T }>[] {
		return this.actions.filter((action): action is Extract<Action, { type: T }> => action.type === type);
	}

	get messages(): Uint8Array[] {
		return this.of("deliver").map(({ message }) => message);
	}

	get texts(): string[] {
		return this.messages.map((message) => new TextDecoder().decode(message));
	}

	get failure(): HandshakeError | undefined {
		return this.of("failed")[0]?.error;
	}

	get end(): SessionEnd | undefined {
		return this.of("ended")[0]?.end;
	}

	get established(): boolean {
		return this.of("established").length === 1;
	}
}

/** Hands what each side writes to the other until neither writes any more. */
export function converse(client: Side, server: Side): void {
	client.pump();
	server.pump();
	while (client.outgoing.length || server.outgoing.length) {
		const [up, down] = [client.take(), server.take()];
		if (up.length) server.feed(...up);
		if (down.length) client.feed(...down);
	}
}

/** A client and a server with one key and an established session. */
export function sessionPair(client: SideOptions = {}, server: SideOptions = {}): { client: Side; server: Side } {
	const pair = { client: new Side("client", client), server: new Side("server", server) };
	converse(pair.client, pair.server);
	if (!pair.client.established || !pair.server.established) throw new Error("no session came about");
	return pair;
}
