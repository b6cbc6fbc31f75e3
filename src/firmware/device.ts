import Timer from "timer";
import { Backoff, needsSlowRetry } from "../core/backoff.js";
import { messageOf } from "../core/errors.js";
import { decodeRotation, encodeRefused, encodeStored } from "../core/rotation.js";
import { withWhom } from "../core/session.js";
import {
	type Key,
	LightweightSecureClient,
	LightweightSecureServer,
	type Profile,
	type SessionEnd,
	type SuiteName,
} from "../moddable/index.js";
import { moddablePlatform } from "../moddable/platform.js";
import { type Application, makeApplication, type TextSession } from "./applications.js";

import type { FirmwareConfig } from "./config.js";
import { announce, findServer } from "./discovery.js";
import { Keychain } from "./keychain.js";
import type { Status } from "./status.js";

/** The bounds of the delay before `#later` tries again, in milliseconds. */
const LEAST = 1_000;
const MOST = 60_000;
/** Stands for the host if none is configured, and the server is searched for. */
const ANY_SERVER = "any server";

/** A server or client, depending on the config, for as long as it runs. */
export class Device {
	readonly #config: FirmwareConfig;
	readonly #status: Status;
	readonly #keychain: Keychain;
	readonly #common: {
		profile: Profile | undefined;
		context: string | undefined;
		suites: readonly SuiteName[] | undefined;
		maxMessage: number | undefined;
		maxQueued: number | undefined;
		format: "string";
	};
	readonly #application: Application;
	readonly #backoff = new Backoff(LEAST, MOST, moddablePlatform.random);
	#client: LightweightSecureClient<"string"> | undefined;
	/** Announces a server's keys anew. */
	#announceKeys: (() => void) | undefined;
	#started = false;
	#networkUp = false;
	/** To be done when the network comes up again. */
	#waiting: (() => void) | undefined;

	constructor(config: FirmwareConfig, key: Key, profile: Profile | undefined, status: Status) {
		this.#config = config;
		this.#status = status;
		this.#keychain = new Keychain(key, config.role === "server");
		const { context, suites, limits } = config;
		const { maxMessage, maxQueued } = limits;
		// The `original` profile has no context.
		this.#common = { profile, context: context || undefined, suites, maxMessage, maxQueued, format: "string" };
		this.#application = makeApplication(config);
	}

	/** The network is up; it may go down and come up again. */
	start(): void {
		this.#networkUp = true;
		const waiting = this.#waiting;
		this.#waiting = undefined;
		if (this.#started) {
			this.#client?.reconnectNow();
			return waiting?.();
		}
		this.#started = true;
		if (this.#config.role === "server") this.#serve();
		else this.#connect();
	}

	/** The network is down: retries wait until it comes up. */
	networkDown(): void {
		this.#networkUp = false;
	}

	#serve(): void {
		const { port, name } = this.#config;
		const status = this.#status;
		const server = new LightweightSecureServer({
			...this.#common,
			maxSessions: this.#config.limits.maxSessions,
			keys: this.#keychain.keys,
			port,
			onServerStarted: ({ port }) => {
				status.tell(`listening on port ${port}`);
				if (name)
					this.#announceKeys = announce(
						name,
						port,
						() => this.#keyIds,
						(line) => status.tell(line),
					);
			},
			onHandshakeStep: (step) => status.step(step),
			onHandshakeSuccess: (session) => {
				const useless = this.#open(session);
				this.#answer(session, server);
				this.#forget(useless, server);
			},
			onHandshakeFailed: (error, peer) => status.fail(`${peer?.address}: ${error.message}`),
			onError: (error) => status.fail(messageOf(error)),
		});
		server.start().then(
			() => this.#backoff.reset(),
			() => this.#later(() => this.#serve()),
		);
	}

	#answer(session: TextSession, server: LightweightSecureServer<"string">): void {
		const status = this.#status;
		session.onMessageReceived = (message) => {
			if (this.#takeKey(session, message, server)) return;
			status.message("received", message);
			const answer = this.#application.answer(message);
			session.send(answer);
			status.message("sent", answer);
		};
		session.onSessionEnded = (end) => this.#tellEnd(end);
	}

	#connect(): void {
		const { host, port, connectTimeout, minDelay, maxDelay } = this.#config;
		const status = this.#status;
		const client = new LightweightSecureClient({
			...this.#common,
			key: this.#keychain.key,
			host: host || ANY_SERVER,
			port,
			connectTimeout,
			reconnect: { minDelay, maxDelay },
			...((!host || /\.local\.?$/i.test(host)) && { resolve: (_, found) => this.#find(found) }),
			onHandshakeStep: (step) => status.step(step),
			onHandshakeSuccess: (session) => {
				const useless = this.#open(session);
				if (useless) client.useKey(this.#keychain.key);
				this.#forget(useless);
				session.onSessionEnded = (end) => this.#tellEnd(end);
				session.closed.then((end) => end.by === "self" && end.reason === "done" && this.#finished(end));
				this.#application.begin(session, status);
				const heard = session.onMessageReceived;
				session.onMessageReceived = (message) => {
					if (!this.#takeKey(session, message)) heard?.call(session, message);
				};
			},
			onHandshakeFailed: (error) => {
				// A full server has shown that the keys agree.
				if (needsSlowRetry(error) && error.reason !== "no-capacity") this.#keychain.failed();
				status.fail(error.message);
			},
			onReconnecting: (delay) => {
				client.useKey(this.#keychain.key);
				if (this.#networkUp) return status.tell(`trying again in ${delay} ms`);
				// An attempt without a network leaves a socket behind on an ESP8266 (SDK 8.2.3).
				this.#waiting = () => void client.connect();
				status.tell("waiting for the network");
				return false;
			},
			onError: (error) => status.fail(messageOf(error)),
		});
		this.#client = client;
		status.tell(`connecting to ${status.endpoint}`);
		void client.connect();
	}

	/** By DNS-SD, anew for each attempt, since a server may have moved. */
	#find(found: (address: string | undefined, port?: number) => void): void {
		const { host } = this.#config;
		const what = host || "a server with this key";
		this.#status.tell(`looking for ${what}`);
		try {
			findServer(host.replace(/\.$/, ""), this.#keyIds, (server) => {
				if (server) this.#status.tell(`connecting to ${server.host}:${server.port}`);
				else this.#status.fail(`${what} does not announce itself on this network`);
				found(server?.host, server?.port);
			});
		} catch (error) {
			this.#status.fail((error as Error).message);
			found(undefined);
		}
	}

	/** The application has closed its session: for good after the configured rounds, else it begins anew. */
	#finished(end: SessionEnd): void {
		this.#tellEnd(end);
		if (!this.#config.rounds) this.#later(() => void this.#client?.connect());
	}

	/** Whether a message hands over the next key, or tries to. */
	#takeKey(session: TextSession, message: string, server?: LightweightSecureServer<"string">): boolean {
		const rotation = decodeRotation(message);
		if (!rotation || rotation.type === "stored" || rotation.type === "refused") return rotation !== undefined;
		try {
			if (rotation.type === "malformed") throw new Error("that is no key");
			if (!this.#config.acceptNextKey || session.profile !== "secure")
				throw new Error("this device does not accept a next key");
			const { hex, keyId } = rotation;
			const replaced = this.#keychain.offer(
				hex,
				keyId,
				(next) => server?.addKey(next),
				(next) => server?.retireKey(next.id),
			);
			session.send(encodeStored(keyId));
			this.#status.tell(`next key ${keyId} is stored`);
			this.#forget(replaced, server);
			this.#announceKeys?.();
		} catch (error) {
			const why = messageOf(error);
			session.send(encodeRefused(why));
			this.#status.fail(why);
		}
		return true;
	}

	get #keyIds(): readonly string[] {
		return this.#keychain.keys.map(({ id }) => id);
	}

	/** Wipes a key that is no longer used, if there is one. */
	#forget(key: Key | undefined, server?: LightweightSecureServer<"string">): void {
		if (!key) return;
		server?.retireKey(key.id);
		key.wipe();
		this.#announceKeys?.();
	}

	/** Returns the key that is no longer used, if there is one. */
	#open(session: TextSession): Key | undefined {
		this.#status.session = session;
		this.#status.failure = "";
		const useless = this.#keyOpened(session.keyId);
		if (useless) this.#status.tell(`key ${useless.id} is forgotten`);
		this.#status.keyId = session.keyId;
		this.#status.tell(`in session ${withWhom(session)}`);
		return useless;
	}

	#keyOpened(keyId: string): Key | undefined {
		try {
			return this.#keychain.opened(keyId);
		} catch (error) {
			// NVS does not take it: the session is as good as any, and the next one tries again.
			this.#status.fail(messageOf(error));
			return undefined;
		}
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
