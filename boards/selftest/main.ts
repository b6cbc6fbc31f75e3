import { Key, LightweightSecureClient, LightweightSecureServer } from "lightweight-secure-tcp";

const key = new Key(Key.randomOctets());
trace(`key ${key.id}\n`);
const server = new LightweightSecureServer({
	key,
	port: 7000,
	format: "string",
	allowSelfConnection: true,
	onHandshakeSuccess(session) {
		session.onMessageReceived = (message) => session.send(`echo ${message}`);
	},
});
server
	.start()
	.then(async ({ port }) => {
		const client = new LightweightSecureClient({ key, host: "127.0.0.1", port, format: "string" });
		const session = await client.connect();
		session.send("hello");
		for await (const message of session) {
			trace(`${message}\n`);
			break;
		}
		await session.close();
		trace(`${session.end?.message}\n`);
		await server.close();
	})
	.catch((error) => trace(`${error.stack}\n`));
