import Timer from "timer";
import {
	type Key,
	LightweightSecureClient,
	LightweightSecureServer,
	type Profile,
	type SessionEnd,
} from "../moddable/index.js";
import { type Application, makeApplication, type TextSession } from "./applications.js";
import { Backoff } from "./backoff.js";
import type { FirmwareConfig } from "./config.js";
import { announce, findServer } from "./discovery.js";
import type { Status } from "./status.js";

/** Between two attempts to connect or listen, in milliseconds. */
const LEAST = 1_000;
const MOST = 60_000;

/** Serves or connects, by config, for as long as it runs. */
export class Device {
	readonly #config: FirmwareConfig;
	readonly #key: Key;
	readonly #status: Status;
	readonly #common: {
		key: Key;
		profile: Profile | undefined;
		context: string | undefined;
		format: "string";
	};
	readonly #application: Application;
	readonly #backoff = new Backoff(LEAST, MOST);
	#started = false;
	#networkUp = false;
	/** What waits for the network to come up again. */
	#waiting: (() => void) | undefined;

	constructor(config: FirmwareConfig, key: Key, profile: Profile | undefined, status: Status) {
		this.#config = config;
		this.#key = key;
		this.#status = status;
		// The `original` profile has no context.
		this.#common = { key, profile, context: config.context || undefined, format: "string" as const };
		this.#application = makeApplication(config);
	}

	/** The network is up; it may go down and come up again. */
	start(): void {
		this.#networkUp = true;
		const waiting = this.#waiting;
		this.#waiting = undefined;
		if (this.#started) return waiting?.();
		this.#started = true;
		if (this.#config.role === "server") this.#serve();
		else this.#connect();
	}

	/** The network is down: what would be tried again waits for it. */
	networkDown(): void {
		this.#networkUp = false;
	}

	#serve(): void {
		const { port, name } = this.#config;
		const status = this.#status;
		const server = new LightweightSecureServer({
			...this.#common,
			port,
			onServerStarted: ({ port }) => {
				status.tell(`listening on port ${port}`);
				if (name) announce(name, port, this.#key.id, (line) => status.tell(line));
			},
			onHandshakeStep: (step) => status.step(step),
			onHandshakeSuccess: (session) => this.#answer(session),
			onHandshakeFailed: (error, peer) => status.fail(`${peer?.address}: ${error.message}`),
			onError: (error) => status.fail(error instanceof Error ? error.message : String(error)),
		});
		server.start().then(
			() => this.#backoff.reset(),
			() => this.#later(() => this.#serve()),
		);
	}

	#answer(session: TextSession): void {
		const status = this.#status;
		this.#open(session);
		session.onMessageReceived = (message) => {
			status.message("received", message);
			const answer = this.#application.answer(message);
			session.send(answer);
			status.message("sent", answer);
		};
		session.onSessionEnded = (end) => this.#tellEnd(end);
	}

	#connect(): void {
		const { host, port } = this.#config;
		if (host && !host.endsWith(".local")) return this.#connectTo(host, port);
		const status = this.#status;
		const what = host || "a server with this key";
		status.tell(`looking for ${what}`);
		try {
			findServer(host, this.#key.id, (server) => {
				if (server) return this.#connectTo(server.host, server.port);
				status.fail(`${what} does not announce itself on this network`);
				this.#later(() => this.#connect());
			});
		} catch (error) {
			status.fail((error as Error).message);
			this.#later(() => this.#connect());
		}
	}

	#connectTo(host: string, port: number): void {
		const status = this.#status;
		const client = new LightweightSecureClient({
			...this.#common,
			host,
			port,
			onHandshakeStep: (step) => status.step(step),
			onHandshakeSuccess: (session) => {
				this.#open(session);
				this.#backoff.reset();
				session.closed.then((end) => this.#ended(end));
				this.#application.begin(session, status);
			},
			onError: (error) => status.fail(error instanceof Error ? error.message : String(error)),
		});
		status.tell(`connecting to ${host}:${port}`);
		client.connect().catch((error) => {
			status.fail(error instanceof Error ? error.message : String(error));
			this.#later(() => this.#connect());
		});
	}

	#open(session: TextSession): void {
		this.#status.session = session;
		this.#status.failure = "";
		this.#status.tell(`in session with ${session.peer.address}:${session.peer.port}, key ${session.keyId}`);
	}

	#ended(end: SessionEnd): void {
		this.#tellEnd(end);
		const finished = this.#config.rounds > 0 && end.reason === "done" && end.by === "self";
		if (!finished) this.#later(() => this.#connect());
	}

	#tellEnd(end: SessionEnd): void {
		const counts = this.#status.session?.counts;
		if (counts) {
			const { packetsSent, packetsReceived, octetsSent, octetsReceived, messagesSent, messagesReceived } = counts;
			const messages = `${messagesSent} messages sent, ${messagesReceived} received`;
			trace(`${packetsSent + packetsReceived} packets, ${octetsSent + octetsReceived} octets, ${messages}\n`);
		}
		this.#status.tell(`session ended: ${end.message}`);
	}

	#later(action: () => void): void {
		const delay = this.#backoff.next();
		this.#status.tell(`trying again in ${delay} ms`);
		Timer.set(() => {
			if (this.#networkUp) action();
			else this.#waiting = action;
		}, delay);
	}
}
