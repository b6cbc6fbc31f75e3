import type { ConnectionOptions } from "../../../core/actions.js";
import { BundleReader } from "../../../core/bundle.js";
import { answerWord, checkNumbers, WORD } from "../../../core/challenge.js";
import { isHandshake, PacketType, packetName, recordPayload, type Suite, suites } from "../../../core/codec.js";
import { HandshakeError, type HandshakeFailureReason, SessionEnd } from "../../../core/errors.js";
import type { Exchange } from "../../../core/handshake.js";
import type { Key } from "../../../core/key.js";
import { copy, equalInConstantTime, toHex } from "../../../core/octets.js";
import { PacketRefused, Parser } from "../../../core/parser.js";
import type { Profile } from "../../../core/profile.js";
import { RandomSource } from "../../../core/random.js";
import type { Records } from "../../../core/records.js";
import { nodeCrypto } from "../../crypto.js";
import { nodePlatform } from "../../platform.js";
import { isOffer } from "../rotate.js";
import { printable } from "../say.js";
import type { Piece } from "./source.js";

/** What a failed check means to an observer. */
const findings: Partial<Record<HandshakeFailureReason, string>> = {
	"unknown-key-id": "it was sealed under another key than the one given here",
	"authentication-failed":
		"it does not open: altered, or sealed under another key or context, or for another handshake",
};

const allSuites = Object.values(suites);
/** The most octets of a message that are shown. */
const SHOWN = 64;

export interface Explanation {
	readonly lines: string[];
	/** Whether nothing was wrong: no malformed packet, no failed check, no octets left over. */
	readonly right: boolean;
}

/** Explains a connection packet by packet; in more detail with the key. */
export function explain(
	pieces: readonly Piece[],
	profile: Profile,
	key: Key | undefined,
	context: Uint8Array,
): Explanation {
	const inspector = new Inspector(profile, key, context);
	for (const piece of pieces) inspector.read(piece);
	return inspector.finish();
}

class Direction {
	readonly parser: Parser;
	readonly #options;
	lost = false;

	constructor(profile: Profile) {
		this.#options = { maxMessage: profile.longestMessage, suites: allSuites, profile };
		this.parser = new Parser(this.#options);
	}

	/** The suite that the other direction has asked for, which determines the size of the answer. */
	expect(suite: Suite): void {
		this.#options.suites = [suite];
	}
}

/** Follows both sides of a connection as an observer who may hold the key. */
class Inspector {
	readonly #profile: Profile;
	readonly #key: Key | undefined;
	readonly #exchange: Exchange | undefined;
	readonly #client: Direction;
	readonly #server: Direction;
	readonly #lines: string[] = [];
	#right = true;
	#request: Uint8Array | undefined;
	#response: Uint8Array | undefined;
	#records: Records | undefined;
	/** The handshake was right, but the key alone does not open its records. */
	#forwardSecret = false;
	#disconnected = false;

	constructor(profile: Profile, key: Key | undefined, context: Uint8Array) {
		this.#profile = profile;
		this.#client = new Direction(profile);
		this.#server = new Direction(profile);
		this.#key = key;
		if (!key) return;
		const random = new RandomSource(nodeCrypto);
		const { agreement } = nodePlatform;
		const common = { crypto: nodeCrypto, random, agreement, suites: allSuites };
		const options = { ...common, keys: [key], context, allowSelfConnection: true };
		this.#exchange = profile.exchange(options as unknown as ConnectionOptions);
	}

	read({ fromClient, octets }: Piece): void {
		const direction = fromClient ? this.#client : this.#server;
		if (direction.lost) return;
		direction.parser.push(copy(octets));
		try {
			for (let packet: Uint8Array | undefined; (packet = direction.parser.next()); ) {
				const head = `${fromClient ? ">" : "<"} ${packetName(packet[0]!).padEnd(18)}${String(packet.length).padStart(6)} octets`;
				this.#lines.push(`${head}  ${this.#describe(packet, fromClient)}`);
			}
		} catch (error) {
			if (!(error instanceof PacketRefused)) throw error;
			direction.lost = true;
			this.#wrong(
				`${fromClient ? ">" : "<"} not a packet of the ${this.#profile.name} profile: ${error.message}; see --profile; the rest is passed over`,
			);
		}
	}

	finish(): Explanation {
		for (const [who, { parser, lost }] of [
			["client", this.#client],
			["server", this.#server],
		] as const)
			if (parser.pending && !lost)
				this.#wrong(`the ${who}'s octets end within a packet, ${parser.pending} octets into it`);
		if (!this.#lines.length) this.#wrong("the capture holds no octets of a connection");
		else if ((this.#records || this.#forwardSecret) && !this.#disconnected)
			this.#lines.push("no Disconnect: the connection was cut off, or the capture ends before it");
		if (!this.#key) this.#lines.push("without the key nothing was opened or checked; pass --key-file or set LST_KEY");
		return { lines: this.#lines, right: this.#right };
	}

	#wrong(line: string): void {
		this.#right = false;
		this.#lines.push(line);
	}

	#failed(what: string): string {
		this.#right = false;
		return `✘ ${what}`;
	}

	#describe(packet: Uint8Array, fromClient: boolean): string {
		const type = packet[0] as PacketType;
		const clear = this.#describeClear(type, packet);
		if (!this.#exchange) return clear;
		try {
			const opened = isHandshake(type)
				? this.#openHandshake(type, packet, fromClient)
				: this.#openRecord(type, packet, fromClient);
			return clear ? `${clear}; ${opened}` : opened;
		} catch (error) {
			if (!(error instanceof HandshakeError)) throw error;
			return (clear ? `${clear}; ` : "") + this.#failed(findings[error.reason] ?? error.message);
		}
	}

	#describeClear(type: PacketType, packet: Uint8Array): string {
		const { layouts, mutual } = this.#profile;
		const { header, nonce, payload } = layouts[type]!;
		const parts: string[] = [];
		if (mutual && type === PacketType.HandshakeRequest) {
			const suite = allSuites.find(({ code }) => code === packet[1]);
			if (suite) this.#server.expect(suite);
			parts.push(`suite 0x0${packet[1]} (${suite?.name}), key id ${toHex(packet.subarray(2, header))}`);
		}
		if (nonce) parts.push(`nonce ${toHex(packet.subarray(header, header + nonce))}`);
		if (payload === "length") parts.push(`${recordPayload(packet, layouts).length} octets of plaintext`);
		return parts.join(", ");
	}

	#openHandshake(type: PacketType, packet: Uint8Array, fromClient: boolean): string {
		const fromChallenger = fromClient === (this.#profile.challenger === "client");
		if (fromChallenger === (type === PacketType.HandshakeResponse))
			return this.#failed("it is not this side's to send");
		const payload = this.#exchange!.open(type, packet);
		const opens = this.#profile.mutual ? "opens under the key" : "deciphered";
		if (type === PacketType.HandshakeRequest) {
			this.#request = payload;
			return `${opens}: a token and two numbers${this.#share}`;
		}
		if (!this.#request) return this.#failed("there was no HandshakeRequest before it");
		if (type === PacketType.HandshakeResponse) {
			this.#response = payload;
			checkNumbers(this.#request, payload);
			if (this.#profile.mutual) return `${opens}: sum and XOR are right, and a challenge${this.#share}`;
			if (answerWord(this.#request, payload).some((octet) => octet)) throw new HandshakeError("wrong-answer");
			return `${opens}: word, sum and XOR are right`;
		}
		if (!this.#response) return this.#failed("there was no HandshakeResponse before it");
		if (!this.#profile.mutual) {
			this.#records = this.#exchange!.records("client", copy(payload));
			return `${opens}: the session key`;
		}
		if (!equalInConstantTime(answerWord(this.#request, this.#response), payload.subarray(0, WORD)))
			throw new HandshakeError("wrong-answer");
		this.#forwardSecret = this.#share !== "";
		if (!this.#forwardSecret) this.#records = this.#exchange!.records("client", copy(payload.subarray(WORD)));
		return `${opens}: the answer is right, and the session key`;
	}

	get #share(): string {
		return this.#exchange?.suite?.share ? "; a public key of P-256" : "";
	}

	#openRecord(type: PacketType, packet: Uint8Array, fromClient: boolean): string {
		if (!this.#records && !this.#profile.mutual && type === PacketType.Disconnect) {
			this.#disconnected = true;
			return "in the clear: there is no room for another session, or the handshake was given up";
		}
		if (this.#forwardSecret) {
			this.#disconnected ||= type === PacketType.Disconnect;
			return "not opened: the suite has forward secrecy, and the handshake key alone opens no record";
		}
		if (!this.#records) return this.#failed("not opened: no handshake that opens under this key came before it");
		const { layouts, mutual } = this.#profile;
		const direction = fromClient ? this.#records.write : this.#records.read;
		if (!direction.open(packet, layouts[type]!.header))
			return this.#failed("does not open: altered, replayed, dropped or reordered");
		const plain = recordPayload(packet, layouts);
		if (type === PacketType.KeepAlive) return mutual ? "opens" : "in the clear";
		if (type === PacketType.RegularMessage) return `${mutual ? "opens" : "deciphered"}: ${quote(plain)}`;
		if (type === PacketType.Disconnect) {
			this.#disconnected = true;
			if (!mutual) return "in the clear";
			return `opens: reason ${plain[0]}, ${SessionEnd.fromPeer(plain[0]!).message}`;
		}
		const bundle = BundleReader.check(plain);
		if (!bundle) return this.#failed("opens, but is malformed");
		const messages: string[] = [];
		for (let message: Uint8Array | undefined; (message = bundle.next()); ) messages.push(quote(message));
		return `opens: ${messages.length ? messages.join(", ") : "a cover record without a message"}`;
	}
}

function quote(message: Uint8Array): string {
	const shown = message.subarray(0, SHOWN);
	const more = message.length > SHOWN ? "…" : "";
	const text = Buffer.from(shown).toString();
	if (isOffer(message)) return "a next key, which is not shown";
	return text.includes("\ufffd") ? `${toHex(shown)}${more}` : `"${printable(text)}${more}"`;
}
