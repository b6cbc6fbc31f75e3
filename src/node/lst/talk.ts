import { setTimeout as sleep } from "node:timers/promises";
import type { SuiteName } from "../../core/codec.js";
import { HandshakeError, LightweightSecureError, SessionEnd } from "../../core/errors.js";
import type { PeerAddress } from "../../core/link.js";
import { copy } from "../../core/octets.js";
import { encodeRefused } from "../../core/rotation.js";
import { LightweightSecureClient } from "../client.js";
import type { Key } from "../key.js";
import { LightweightSecureServer } from "../server.js";
import type { Session } from "../session.js";
import { locate } from "./browse.js";
import { capturing } from "./capture.js";
import { Exit, exitCodeFor } from "./exit.js";
import { chunks, lines, Unsendable } from "./input.js";
import { loadKey } from "./key.js";
import { chooseProfile, isLoopback, type ProfileOptions } from "./profile.js";
import { Reporter } from "./reporter.js";
import { isOffer } from "./rotate.js";
import { say } from "./say.js";

/** The options that `lst listen` and `lst connect` have in common, as commander passes them. */
export interface TalkOptions extends ProfileOptions {
	keyFile?: string;
	context?: string;
	suites?: SuiteName[];
	keepAlive?: number;
	timeout?: number;
	handshakeTimeout?: number;
	maxMessage?: number;
	maxBundle?: number;
	capture?: string;
	json?: boolean;
	binary?: boolean;
}

export interface ListenOptions extends TalkOptions {
	port: number;
	host: string;
	advertise?: string;
	echo?: boolean;
	once?: boolean;
}

export interface ConnectOptions extends TalkOptions {
	linger: number;
}

/** Serves until it is interrupted, or, with `once`, for one connection. Resolves with the exit code. */
export async function listen(options: ListenOptions): Promise<number> {
	const reporter = new Reporter(options);
	const { key } = await loadKey(options.keyFile);
	const over = new Completion();
	const someone = new Completion();
	const busy = new Set<Promise<void>>();
	let firstPeer: PeerAddress | undefined;
	let numbered = 0;
	const finish = (peer: PeerAddress | undefined, result: unknown) => {
		if (options.once && samePeer(peer, firstPeer)) over.finish(exitCodeFor(result));
	};
	const server = new LightweightSecureServer({
		...connectionOptions(options, key),
		port: options.port,
		host: options.host,
		advertise: options.advertise,
		// If the port is not available, the command ends with that message.
		onError: (error) => codeOf(error) === "LST_LISTEN" || reporter.problem(String((error as Error)?.message ?? error)),
		onHandshakeStarted(peer) {
			firstPeer ??= peer;
		},
		onHandshakeSuccess(session) {
			const number = ++numbered;
			reporter.session(number, session);
			const show = (message: Uint8Array) => reporter.message(number, message);
			const conversation = receive(session, reporter, show, options.echo ?? false);
			const ended = conversation.then(async () => {
				busy.delete(ended);
				const end = await session.closed;
				reporter.ended(number, end);
				finish(session.peer, end);
			});
			busy.add(ended);
			someone.finish(0);
		},
		onHandshakeFailed(error, peer) {
			reporter.failed(++numbered, error, peer);
			finish(peer, error);
		},
	});
	if (options.advertise !== undefined && isLoopback(options.host))
		say("warning: others find the server and cannot connect to it: it listens on this machine alone; see --host");
	onInterrupt(() => over.finish(Exit.done));
	reporter.listening(await server.start(), key.id);
	// Lines typed before anybody has connected are kept.
	someone.finished.then(() => sendToAll(options, server, reporter)).catch(over.fail);
	const code = await over.finished;
	await server.stop();
	await Promise.all(busy);
	return code;
}

/** Connects and talks until the input has ended and no more replies come. Resolves with the exit code. */
export async function connect(host: string, port: number | undefined, options: ConnectOptions): Promise<number> {
	const reporter = new Reporter(options);
	const { key } = await loadKey(options.keyFile);
	let session: Session<"buffer">;
	try {
		const server = await locate(host, port);
		const client = new LightweightSecureClient({ ...connectionOptions(options, key), ...server });
		onInterrupt(() => {
			setTimeout(() => say("closing; interrupt again to stop at once"), 1_000).unref();
			void client.close();
		});
		session = await client.connect();
	} catch (error) {
		if (!(error instanceof HandshakeError)) throw error;
		reporter.failed(1, error);
		return exitCodeFor(error);
	}
	reporter.session(1, session);
	let lastHeard = performance.now();
	const conversation = receive(session, reporter, async (message) => {
		lastHeard = performance.now();
		await reporter.message(1, message);
	});
	let code: number = Exit.done;
	let said = 0;
	const talk = async () => {
		for await (const message of input(options)) {
			if (session.end) return;
			if (message instanceof Unsendable) {
				reporter.problem(`${message.message}; the rest of the input is not sent`);
				code = Exit.usage;
				return;
			}
			said++;
			await sendTo(session, message);
		}
		const lingerMs = options.linger * 1000;
		lastHeard = performance.now();
		for (let left: number; !session.end && (left = lastHeard + lingerMs - performance.now()) > 0; ) await sleep(left);
	};
	await Promise.race([talk(), conversation]);
	await session.close();
	await conversation;
	const end = await session.closed;
	reporter.ended(1, end);
	const unsent = said - session.counts.messagesSent;
	if (!code && end.clean && unsent > 0) {
		reporter.problem(`the session ended before ${unsent} of the messages that were read could be sent`);
		return Exit.lost;
	}
	return code || exitCodeFor(end);
}

/** A result that is set once. */
class Completion {
	finish!: (code: number) => void;
	fail!: (reason: unknown) => void;
	readonly finished = new Promise<number>((resolve, reject) => {
		this.finish = resolve;
		this.fail = reject;
	});
}

const encoder = new TextEncoder();
const codeOf = (error: unknown) => (error instanceof LightweightSecureError ? error.code : "");

function samePeer(a: PeerAddress | undefined, b: PeerAddress | undefined): boolean {
	return a?.address === b?.address && a?.port === b?.port;
}

function connectionOptions(options: TalkOptions, key: Key) {
	return {
		key,
		profile: chooseProfile(options),
		context: options.context,
		suites: options.suites,
		keepAliveInterval: options.keepAlive,
		inactivityTimeout: options.timeout,
		handshakeTimeout: options.handshakeTimeout,
		maxMessage: options.maxMessage,
		maxBundle: options.maxBundle,
		socket: options.capture === undefined ? undefined : { io: capturing(options.capture) },
	};
}

function input(options: TalkOptions): AsyncGenerator<Uint8Array | Unsendable> {
	const lengths = chooseProfile(options);
	return options.binary ? chunks(process.stdin, lengths) : lines(process.stdin, lengths);
}

/** Reads a session to its end, clean or not. */
async function receive(
	session: Session<"buffer">,
	reporter: Reporter,
	show: (message: Uint8Array) => Promise<void>,
	echo = false,
): Promise<void> {
	try {
		for await (const message of session) {
			// Neither shown, logged nor echoed.
			if (isOffer(message)) {
				await sendTo(session, encoder.encode(encodeRefused("lst does not accept a next key")));
				reporter.problem(`${session.peer.address}:${session.peer.port} offers a next key; lst takes none`);
				continue;
			}
			const reply = echo ? copy(message) : undefined;
			await show(message);
			if (reply) await sendTo(session, reply);
		}
	} catch (error) {
		if (error !== session.end) throw error;
	}
}

/** Sends when the queue has room; does nothing if the session has ended meanwhile. */
async function sendTo(session: Session<"buffer">, message: Uint8Array): Promise<void> {
	for (;;) {
		try {
			await session.drained();
			session.send(message);
			return;
		} catch (error) {
			if (error instanceof SessionEnd) return;
			const code = codeOf(error);
			if (code === "LST_NOT_CONNECTED") return;
			if (code !== "LST_QUEUE_FULL") throw error;
		}
	}
}

async function sendToAll(
	options: ListenOptions,
	server: LightweightSecureServer<"buffer">,
	reporter: Reporter,
): Promise<void> {
	let alone = false;
	for await (const message of input(options)) {
		const nobody = !server.sessions.size;
		if (message instanceof Unsendable) reporter.problem(`${message.message}; it is left out`);
		else if (!nobody) await Promise.all([...server.sessions].map((session) => sendOrSkip(session, message, reporter)));
		else if (!alone) reporter.problem("nobody is connected: the input is left out until somebody is");
		alone = nobody;
	}
}

/** How long lines for all sessions wait for one that does not read, in milliseconds. */
const PATIENCE = 2_000;
const skipping = new WeakSet<Session<"buffer">>();

/** Sends when the queue has room; a session that does not read for too long misses lines until it does. */
async function sendOrSkip(session: Session<"buffer">, message: Uint8Array, reporter: Reporter): Promise<void> {
	try {
		if (!skipping.has(session)) await Promise.race([session.drained(), sleep(PATIENCE, undefined, { ref: false })]);
		session.send(message);
		skipping.delete(session);
	} catch (error) {
		if (!(error instanceof LightweightSecureError)) throw error;
		if (error.code !== "LST_QUEUE_FULL" || skipping.has(session)) return;
		skipping.add(session);
		reporter.problem(`${session.peer.address}:${session.peer.port} does not read: lines are left out for it`);
	}
}

function onInterrupt(stop: () => void): void {
	for (const signal of ["SIGINT", "SIGTERM"] as const) process.once(signal, stop);
}
