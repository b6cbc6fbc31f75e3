// The alternatives: this project, TLS 1.3 with an external PSK, TLS 1.2 with PSK, a Noise channel, and plain TCP as the limit. With TLS and
// TCP, messages are framed by a length of two octets.
import { createHash } from "node:crypto";
import * as net from "node:net";
import * as tls from "node:tls";
import NoiseSecretStream from "@hyperswarm/secret-stream";
import {
	Key,
	LightweightSecureClient,
	LightweightSecureServer,
	type Session,
	type SuiteName,
} from "../src/node/index.js";

const host = "127.0.0.1";
/** Octets that may wait: more than are ever in flight. */
const maxQueued = 1 << 24;
/** The same in both processes of a measurement; it protects nothing. */
const secret = createHash("sha256").update("bench").digest();

/** One end of a connection. */
export interface Peer {
	/** May be called before the other end is authenticated: the message leaves as soon as it may. */
	send(message: Uint8Array): void;
	onMessage: ((message: Uint8Array) => void) | undefined;
	close(): void;
}

export interface Contender {
	readonly name: string;
	/** Starts a server that hands over its connections: returns its port, and how to stop it. */
	serve(accept: (peer: Peer) => void): Promise<{ port: number; stop(): Promise<void> }>;
	connect(port: number): Peer & { readonly ready: Promise<unknown> };
}

function overSession(session: Session): Peer {
	const peer: Peer = {
		send: (message) => void session.send(message),
		onMessage: undefined,
		close: () => void session.close(),
	};
	session.onMessageReceived = (message) => peer.onMessage?.(message);
	return peer;
}

function lightweight(name: string, options: { suites: SuiteName[]; maxBundle?: number }): Contender {
	const key = new Key(secret);
	return {
		name,
		async serve(accept) {
			const server = new LightweightSecureServer({
				key,
				host,
				allowSelfConnection: true,
				maxQueued,
				maxPendingPerAddress: 1000,
				onHandshakeSuccess: (session) => accept(overSession(session)),
				...options,
			});
			const { port } = await server.start();
			return { port, stop: () => server.close() };
		},
		connect(port) {
			const client = new LightweightSecureClient({
				key,
				host,
				port,
				maxQueued,
				onHandshakeSuccess: (session) => {
					session.onMessageReceived = (message) => peer.onMessage?.(message);
				},
				...options,
			});
			const peer: Peer & { readonly ready: Promise<unknown> } = {
				ready: client.connect(),
				send: (message) => void client.send(message),
				onMessage: undefined,
				close: () => void client.close(),
			};
			return peer;
		},
	};
}

/** Frames messages by their length in two octets. */
function framed(socket: net.Socket): Peer {
	let rest: Buffer = Buffer.alloc(0);
	socket
		.on("error", () => {})
		.on("data", (chunk: Buffer) => {
			rest = rest.length ? Buffer.concat([rest, chunk]) : chunk;
			let at = 0;
			for (; rest.length - at >= 2; ) {
				const end = at + 2 + rest.readUInt16BE(at);
				if (end > rest.length) break;
				peer.onMessage?.(rest.subarray(at + 2, end));
				at = end;
			}
			rest = rest.subarray(at);
		});
	const peer: Peer = {
		send(message) {
			const frame = Buffer.allocUnsafe(2 + message.length);
			frame.writeUInt16BE(message.length);
			frame.set(message, 2);
			socket.write(frame);
		},
		onMessage: undefined,
		close: () => void socket.end(),
	};
	return peer;
}

function overSockets(
	name: string,
	listen: (accept: (socket: net.Socket) => void) => net.Server,
	dial: Contender["connect"],
	wrap: (socket: net.Socket) => Peer = framed,
): Contender {
	return {
		name,
		async serve(accept) {
			const sockets = new Set<net.Socket>();
			const server = listen((socket) => {
				sockets.add(socket.once("close", () => sockets.delete(socket)));
				accept(wrap(socket.setNoDelay(true)));
			});
			await new Promise<void>((resolve) => server.listen({ port: 0, host, backlog: 1024 }, resolve));
			const stop = () =>
				new Promise<void>((resolve) => {
					for (const socket of sockets) socket.destroy();
					server.close(() => resolve());
				});
			return { port: (server.address() as net.AddressInfo).port, stop };
		},
		connect: dial,
	};
}

function dialled(socket: net.Socket, event: string): ReturnType<Contender["connect"]> {
	const ready = new Promise<void>((resolve, reject) => socket.once(event, resolve).once("error", reject));
	return Object.assign(framed(socket.setNoDelay(true)), { ready });
}

function overTls(name: string, version: "TLSv1.2" | "TLSv1.3", ciphers: string): Contender {
	const options = { minVersion: version, maxVersion: version, ciphers };
	const client = { pskCallback: () => ({ psk: secret, identity: "device" }), checkServerIdentity: () => undefined };
	return overSockets(
		name,
		(accept) => tls.createServer({ pskCallback: () => secret, ...options }, accept),
		(port) => dialled(tls.connect({ port, host, ...options, ...client }), "secureConnect"),
	);
}

function noise(isInitiator: boolean, socket: net.Socket): { stream: NoiseSecretStream; peer: Peer } {
	const stream = new NoiseSecretStream(isInitiator, socket);
	const peer: Peer = {
		send: (message) => void stream.write(message),
		onMessage: undefined,
		close: () => stream.end(),
	};
	stream.on("error", () => {}).on("data", (message) => peer.onMessage?.(message));
	return { stream, peer };
}

const overTcp = (port: number) => net.connect({ port, host, noDelay: true });

export const contenders: readonly Contender[] = [
	lightweight("LightweightSecureTCP, psk-p256", { suites: ["psk-p256"] }),
	lightweight("LightweightSecureTCP, psk", { suites: ["psk"] }),
	lightweight("LightweightSecureTCP, psk, bundles of up to 64 KiB", { suites: ["psk"], maxBundle: 0xffff }),
	overTls("TLS 1.3, external PSK with ECDHE", "TLSv1.3", "TLS_AES_128_GCM_SHA256"),
	overTls("TLS 1.2, PSK", "TLSv1.2", "PSK-AES256-GCM-SHA384"),
	overSockets(
		"Noise, @hyperswarm/secret-stream",
		(accept) => net.createServer({ noDelay: true }, accept),
		(port) => {
			const { stream, peer } = noise(true, overTcp(port));
			return Object.assign(peer, { ready: new Promise<void>((resolve) => stream.on("connect", resolve)) });
		},
		(socket) => noise(false, socket).peer,
	),
	overSockets(
		"plain TCP",
		(accept) => net.createServer({ noDelay: true }, accept),
		(port) => dialled(overTcp(port), "connect"),
	),
];
