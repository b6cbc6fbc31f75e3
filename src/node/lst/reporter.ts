import { once } from "node:events";
import type { HandshakeError, SessionEnd } from "../../core/errors.js";
import type { PeerAddress } from "../../core/link.js";
import { withWhom } from "../../core/session.js";
import type { Session } from "../session.js";
import { inFlags } from "./profile.js";
import { printable, say } from "./say.js";

const utf8 = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });

/** Reports messages (with JSON, all events) on standard output, and everything else on standard error. */
export class Reporter {
	readonly #json: boolean;
	readonly #binary: boolean;

	constructor({ json = false, binary = false }: { json?: boolean | undefined; binary?: boolean | undefined }) {
		this.#json = json;
		this.#binary = binary;
	}

	listening({ address, port }: PeerAddress, keyId: string): void {
		void this.#event({ event: "listening", address, port, keyId });
		say(`listening on ${address.includes(":") ? `[${address}]` : address}:${port}, key ${keyId}`);
	}

	session(number: number, session: Session): void {
		const { peer, keyId, profile, suite } = session;
		void this.#event({ event: "session", session: number, ...peer, keyId, profile, suite });
		say(`session ${number} ${withWhom(session)}`);
	}

	/** Resolves when standard output takes more. */
	async message(number: number, octets: Uint8Array): Promise<void> {
		if (this.#json) {
			await this.#event({ event: "message", session: number, ...describe(octets, this.#binary) });
			return;
		}
		if (this.#binary) return output(octets);
		await output(process.stdout.isTTY ? printable(Buffer.from(octets).toString()) : octets, "\n");
	}

	ended(number: number, end: SessionEnd): void {
		const { reason, by, disconnectCode: code } = end;
		void this.#event({ event: "ended", session: number, reason, by, code });
		say(`session ${number} ended: ${inFlags(end.message)}`);
	}

	failed(number: number, error: HandshakeError, peer?: PeerAddress): void {
		const { reason, code } = error;
		const message = inFlags(error.message);
		void this.#event({ event: "failed", session: number, reason, code, message, ...peer });
		say(peer ? `no session with ${peer.address}:${peer.port}: ${message}` : message);
	}

	problem(message: string): void {
		void this.#event({ event: "problem", message });
		say(message);
	}

	#event(event: object): Promise<void> | undefined {
		return this.#json ? output(`${JSON.stringify(event)}\n`) : undefined;
	}
}

function describe(octets: Uint8Array, binary: boolean): { text: string } | { base64: string } {
	if (!binary) {
		try {
			return { text: utf8.decode(octets) };
		} catch {
			// Not UTF-8: shown as octets.
		}
	}
	return { base64: Buffer.from(octets).toString("base64") };
}

async function output(...parts: (string | Uint8Array)[]): Promise<void> {
	let ready = true;
	for (const part of parts) ready = process.stdout.write(part);
	// A failed standard output never drains; main ends the command then.
	if (!ready && !process.stdout.errored) await once(process.stdout, "drain").catch(() => {});
}
