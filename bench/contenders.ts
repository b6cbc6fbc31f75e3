// What a user could pick: this project, TLS 1.3 with an external PSK, TLS 1.2 with PSK, and plain TCP as the limit. The last
// three frame their messages by a length of two octets.
import { randomBytes } from "node:crypto";
import * as net from "node:net";
import * as tls from "node:tls";
import { Key, LightweightSecureClient, LightweightSecureServer } from "../src/node/index.js";

const host = "127.0.0.1";

export interface Peer {
	send(message: Uint8Array): void;
	onMessage: ((message: Uint8Array) => void) | undefined;
	close(): Promise<void>;
}

export interface Contender {
	readonly name: string;
	/** A server that echoes, or only counts: the port, and how to stop it. */
	serve(echo: boolean, onMessage: (message: Uint8Array) => void): Promise<{ port: number; stop(): Promise<void> }>;
	connect(port: number): Promise<Peer>;
}

const key = new Key(randomBytes(32));

const lightweight: Contender = {
	name: "LightweightSecureTCP, bundles of up to 64 KiB",
	async serve(echo, onMessage) {
		const server = new LightweightSecureServer({
			key,
			host,
			allowSelfConnection: true,
			maxQueued: 1 << 24,
			maxBundle: 65_535,
			maxPendingPerAddress: 1000,
			onHandshakeSuccess(session) {
				session.onMessageReceived = (message) => {
					onMessage(message);
					if (echo) session.send(message);
				};
			},
		});
		const { port } = await server.start();
		return { port, stop: () => server.close() };
	},
	async connect(port) {
		const session = await new LightweightSecureClient({
			key,
			host,
			port,
			maxQueued: 1 << 24,
			maxBundle: 65_535,
		}).connect();
		const peer: Peer = {
			send: (message) => void session.send(message),
			onMessage: undefined,
			close: () => session.close(),
		};
		session.onMessageReceived = (message) => peer.onMessage?.(message);
		return peer;
	},
};

/** Messages behind their length in two octets. */
function framed(socket: net.Socket, onMessage: (message: Uint8Array) => void): (message: Uint8Array) => void {
	let rest: Buffer = Buffer.alloc(0);
	socket
		.on("error", () => {})
		.on("data", (chunk: Buffer) => {
			rest = rest.length ? Buffer.concat([rest, chunk]) : chunk;
			let at = 0;
			for (; rest.length - at >= 2; ) {
				const end = at + 2 + rest.readUInt16BE(at);
				if (end > rest.length) break;
				onMessage(rest.subarray(at + 2, end));
				at = end;
			}
			rest = rest.subarray(at);
		});
	return (message) => {
		const frame = Buffer.allocUnsafe(2 + message.length);
		frame.writeUInt16BE(message.length);
		frame.set(message, 2);
		socket.write(frame);
	};
}

function overSockets(
	name: string,
	listen: (accept: (socket: net.Socket) => void) => net.Server,
	dial: (port: number) => { socket: net.Socket; ready: string },
): Contender {
	return {
		name,
		async serve(echo, onMessage) {
			const sockets = new Set<net.Socket>();
			const server = listen((socket) => {
				socket.setNoDelay(true);
				sockets.add(socket.once("close", () => sockets.delete(socket)));
				const send = framed(socket, (message) => {
					onMessage(message);
					if (echo) send(message);
				});
			});
			await new Promise<void>((resolve) => server.listen({ port: 0, host, backlog: 1024 }, resolve));
			const stop = () =>
				new Promise<void>((resolve) => {
					for (const socket of sockets) socket.destroy();
					server.close(() => resolve());
				});
			return { port: (server.address() as net.AddressInfo).port, stop };
		},
		async connect(port) {
			const { socket, ready } = dial(port);
			await new Promise<void>((resolve, reject) => socket.once(ready, resolve).once("error", reject));
			socket.setNoDelay(true);
			const send = framed(socket, (message) => peer.onMessage?.(message));
			const close = () => new Promise<void>((resolve) => socket.once("close", () => resolve()).end());
			const peer: Peer = { send, onMessage: undefined, close };
			return peer;
		},
	};
}

const psk = randomBytes(32);
const overTls = (name: string, version: "TLSv1.2" | "TLSv1.3", ciphers: string) =>
	overSockets(
		name,
		(accept) => tls.createServer({ pskCallback: () => psk, minVersion: version, maxVersion: version, ciphers }, accept),
		(port) => ({
			socket: tls.connect({
				port,
				host,
				minVersion: version,
				maxVersion: version,
				ciphers,
				pskCallback: () => ({ psk, identity: "device" }),
				checkServerIdentity: () => undefined,
			}),
			ready: "secureConnect",
		}),
	);

export const contenders: readonly Contender[] = [
	lightweight,
	overTls("TLS 1.3, external PSK (with ECDHE)", "TLSv1.3", "TLS_AES_128_GCM_SHA256"),
	overTls("TLS 1.2, PSK", "TLSv1.2", "PSK-AES256-GCM-SHA384"),
	overSockets(
		"plain TCP",
		(accept) => net.createServer({ noDelay: true }, accept),
		(port) => ({ socket: net.connect({ port, host, noDelay: true }), ready: "connect" }),
	),
];
