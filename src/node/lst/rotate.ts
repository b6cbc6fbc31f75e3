import type { SuiteName } from "../../core/codec.js";
import { HandshakeError } from "../../core/errors.js";
import { decodeRotation, encodeOffer } from "../../core/rotation.js";
import { LightweightSecureClient } from "../client.js";
import { LightweightSecureServer } from "../server.js";
import type { Session } from "../session.js";
import { locate } from "./browse.js";
import { Exit, exitCodeFor, UsageError } from "./exit.js";
import { loadKey, type WrittenKey } from "./key.js";
import { inFlags, isLoopback } from "./profile.js";
import { printable, say } from "./say.js";

export interface RotateOptions {
	keyFile?: string;
	nextKeyFile: string;
	context?: string;
	suites?: SuiteName[];
	listen?: number;
	host: string;
	count?: number;
	advertise?: string;
}

/** How long a device may take to answer, in milliseconds. */
const PATIENCE = 10_000;

/** The first octets of such a message. */
const OFFER = Buffer.from(encodeOffer("", "").trimEnd());

/** Whether a peer's message hands over a key, well-formed or not; it must not be shown. */
export function isOffer(message: Uint8Array): boolean {
	return OFFER.equals(message.subarray(0, OFFER.length));
}

const who = ({ peer }: Session<"string">) => `${peer.address}:${peer.port}`;

/**
 * Hands the next key over to a device that listens at `host`, or to all that connect here, and reports which of them use it.
 * Resolves with the exit code.
 */
export async function rotate(
	host: string | undefined,
	port: number | undefined,
	options: RotateOptions,
): Promise<number> {
	const { listen, count, advertise } = options;
	if (host !== undefined && (listen ?? count ?? advertise) !== undefined)
		throw new UsageError(
			"--listen, --count and --advertise are for devices that connect here: leave them, or the host, out",
		);
	const old = await loadKey(options.keyFile);
	const next = await loadKey(options.nextKeyFile);
	if (old.key.equals(next.key)) throw new UsageError("the next key is the one that is in use");
	return host === undefined ? rotateAll(old, next, options) : rotateOne(await locate(host, port), old, next, options);
}

type Answer = "stored" | "refused" | "unknown";

async function offer(session: Session<"string">, { hex, key }: WrittenKey): Promise<Answer> {
	const answered = new Promise<Answer>((resolve) => {
		session.onMessageReceived = (message) => {
			const answer = decodeRotation(message);
			if (answer?.type === "stored" && answer.keyId === key.id) resolve("stored");
			else if (answer?.type === "refused") {
				say(`${who(session)} refuses the next key: ${printable(answer.why)}`);
				resolve("refused");
			}
		};
		const late = setTimeout(() => resolve("unknown"), PATIENCE);
		void session.closed.then(() => {
			clearTimeout(late);
			resolve("unknown");
		});
	});
	session.send(encodeOffer(hex, key.id));
	const answer = await answered;
	if (answer === "stored") say(`${who(session)} has stored the next key`);
	if (answer === "unknown") say(`${who(session)} has not said whether it has stored the next key`);
	await session.close();
	return answer;
}

async function rotateOne(
	server: { host: string; port: number },
	old: WrittenKey,
	next: WrittenKey,
	{ context, suites }: RotateOptions,
): Promise<number> {
	const connect = (key: WrittenKey["key"]) =>
		new LightweightSecureClient({ ...server, key, context, suites, format: "string" }).connect();
	try {
		if ((await offer(await connect(old.key), next)) === "refused") return Exit.sessionError;
		const session = await connect(next.key);
		say(`${who(session)} uses key ${next.key.id} now`);
		await session.close();
		return Exit.done;
	} catch (error) {
		if (!(error instanceof HandshakeError)) throw error;
		say(inFlags(error.message));
		return exitCodeFor(error);
	}
}

async function rotateAll(old: WrittenKey, next: WrittenKey, options: RotateOptions): Promise<number> {
	let moved = 0;
	let enough!: () => void;
	const done = new Promise<void>((resolve) => {
		enough = resolve;
	});
	const server = new LightweightSecureServer({
		keys: [old.key, next.key],
		context: options.context,
		suites: options.suites,
		port: options.listen ?? 0,
		host: options.host,
		advertise: options.advertise,
		format: "string",
		onHandshakeSuccess(session) {
			if (session.keyId === old.key.id) return void offer(session, next);
			session.onMessageReceived = () => {};
			say(`${who(session)} uses key ${next.key.id} now`);
			if (++moved === options.count) enough();
		},
		onHandshakeFailed: ({ message }, peer) =>
			say(`no session with ${peer?.address}:${peer?.port}: ${inFlags(message)}`),
	});
	if (isLoopback(options.host)) say("warning: only devices on this machine can connect; see --host");
	for (const signal of ["SIGINT", "SIGTERM"] as const) process.once(signal, enough);
	const { address, port } = await server.start();
	say(`waiting on ${address}:${port} for devices with key ${old.key.id}; they get key ${next.key.id}`);
	await done;
	await server.stop();
	say(`${moved} session${moved === 1 ? "" : "s"} with the next key`);
	return moved || options.count === undefined ? Exit.done : Exit.lost;
}
