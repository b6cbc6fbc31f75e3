// A program for the tests in network namespaces: a server or clients, which report events as one JSON object per line.
import { setTimeout as sleep } from "node:timers/promises";
import { Key, LightweightSecureClient, LightweightSecureServer } from "../../src/node/index.js";

const [role, host, port, ...rest] = process.argv.slice(2) as [string, string, string, ...string[]];
const key = Key.fromHex(process.env.LST_KEY!);
const tell = (event: object) => process.stdout.write(`${JSON.stringify(event)}\n`);
/** The timeouts that the tests of outages rely on. */
const liveness = { keepAliveInterval: 2_000, inactivityTimeout: 15_000, sendTimeout: 15_000 };

async function serve(): Promise<void> {
	const server = new LightweightSecureServer({
		...liveness,
		key,
		host,
		port: Number(port),
		maxPendingPerAddress: 1_000,
		onHandshakeSuccess(session) {
			session.onMessageReceived = (message) => session.send(message);
			session.onSessionEnded = (end) => tell({ ended: end.reason });
		},
	});
	tell({ listening: (await server.start()).port });
}

/** Connects `count` times at once, with `reconnect`, and tells how many milliseconds each took. */
async function connectMany(count: number): Promise<void> {
	const begin = performance.now();
	await Promise.all(
		Array.from({ length: count }, async () => {
			const client = new LightweightSecureClient({ key, host, port: Number(port), reconnect: true });
			await client.connect();
			tell({ connected: performance.now() - begin });
		}),
	);
	process.exit(0);
}

/** Holds one session, and tells of echoes and of its end. */
async function hold(): Promise<void> {
	const client = new LightweightSecureClient({ ...liveness, key, host, port: Number(port) });
	const session = await client.connect();
	tell({ connected: true });
	session.onMessageReceived = () => tell({ echoed: true });
	session.onSessionEnded = (end) => tell({ ended: end.reason });
	while (session.active) {
		if (!session.queued) session.send("are you there?");
		await sleep(500);
	}
}

if (role === "server") await serve();
else if (role === "many") await connectMany(Number(rest[0]));
else await hold();
