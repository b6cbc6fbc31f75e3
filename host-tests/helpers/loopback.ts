import assert from "node:assert/strict";
import { setTimeout as sleep } from "node:timers/promises";
import { processRegistry } from "../../src/core/registry.js";
import {
	type ClientOptions,
	type Format,
	HandshakeError,
	Key,
	LightweightSecureClient,
	LightweightSecureServer,
	type ServerOptions,
	type Session,
} from "../../src/node/index.js";

export const key = new Key(Key.randomOctets());
export const host = "127.0.0.1";

/** The clients and servers that a test has opened, which `closeAll` closes. */
export const open: { close(): Promise<void> }[] = [];

export async function closeAll(): Promise<void> {
	await Promise.all(open.splice(0).map((one) => one.close()));
	processRegistry().handshakeKey = undefined;
}

export async function serve<F extends Format = "string">(options: Partial<ServerOptions<F>> = {}) {
	const server = new LightweightSecureServer<F>({
		key,
		host,
		allowSelfConnection: options.profile ? undefined : true,
		format: "string" as F,
		...options,
	});
	open.push(server);
	const { port } = await server.start();
	return { server, port };
}

export function client<F extends Format = "string">(port: number, options: Partial<ClientOptions<F>> = {}) {
	const made = new LightweightSecureClient<F>({ key, host, port, format: "string" as F, ...options });
	open.push(made);
	return made;
}

export const echo = (session: Session<"string">) => {
	session.onMessageReceived = (message) => session.send(message);
};

/** The HandshakeError that a promise is rejected with. */
export async function failure(promise: Promise<unknown>): Promise<HandshakeError> {
	const error = await promise.then(
		() => assert.fail("it succeeded"),
		(error: unknown) => error,
	);
	assert.ok(error instanceof HandshakeError, String(error));
	return error;
}

export async function until(condition: () => boolean): Promise<void> {
	while (!condition()) await sleep(2);
}

/** Fails if the session ends before a message. */
export async function next<M>(session: AsyncIterable<M>): Promise<M> {
	for await (const message of session) return message;
	throw new Error("the session ended without a message");
}
