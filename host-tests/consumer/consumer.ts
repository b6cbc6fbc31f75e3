// An application, compiled against the published types with every check on; it is not run.
import {
	HandshakeError,
	type Key,
	LightweightSecureClient,
	LightweightSecureServer,
	LightweightSecureTCP,
	type Session,
	type SessionEnd,
} from "lightweight-secure-tcp";

class CountingClient extends LightweightSecureClient<"string"> {
	connects = 0;
}

export async function talk(key: Key): Promise<SessionEnd | undefined> {
	LightweightSecureTCP.setHandshakeKey(key);
	const server = new LightweightSecureServer({
		key,
		format: "string",
		onHandshakeSuccess(session) {
			session.onMessageReceived = (message) => session.send(message.toUpperCase());
		},
		onHandshakeFailed: (error, peer) => console.log(error.reason, peer?.address),
		onServerStarted() {
			console.log(this.sessions.size);
		},
	});
	const { port } = await server.start();
	await using client = new CountingClient({ key, host: "127.0.0.1", port, format: "string" });
	const session: Session<"string"> = await client.connect({ signal: AbortSignal.timeout(1000) });
	const free: number = session.send(new Uint8Array(3));
	if (!free) await session.drained();
	for await (const message of session) console.log(message.length);
	const binary = new LightweightSecureClient({ host: "h", port: 1 });
	for await (const message of await binary.connect()) console.log(message.byteLength);
	return session.end;
}

export function internalsAreNotPublic(session: Session, key: Key): void {
	// @ts-expect-error
	session.link;
	// @ts-expect-error
	key.layMaster;
	// @ts-expect-error
	new HandshakeError("nonsense");
}
