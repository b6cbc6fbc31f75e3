import type { HandshakeStep } from "../core/actions.js";
import type { Session } from "../moddable/index.js";
import type { FirmwareConfig } from "./config.js";

/** The number of messages that are remembered for the screen. */
const REMEMBERED = 3;

/** The most characters that are shown of a text: a peer's may be as long as its memory. */
const SHOWN = 400;
const shown = (text: string) => (text.length > SHOWN ? `${text.slice(0, SHOWN)} …` : text);

/** A device's state, for its trace and its screen. It contains no secret. */
export class Status {
	readonly role: FirmwareConfig["role"];
	/** Where a server listens, or a client connects to. */
	endpoint: string;
	wifi = "joining";
	keyId = "none";
	steps: string[] = [];
	session: Session<"string"> | undefined;
	state = "starting";
	messages: string[] = [];
	failure = "";
	/** Called after every change. */
	onChanged: (() => void) | undefined;

	constructor(config: FirmwareConfig) {
		this.role = config.role;
		const { role, host, port } = config;
		this.endpoint = role === "server" ? `port ${port}` : host ? `${host}:${port}` : "any server with this key";
	}

	/** Traces a line, which also becomes the state shown. */
	tell(state: string): void {
		this.state = shown(state);
		trace(`${this.state}\n`);
		this.onChanged?.();
	}

	fail(why: string): void {
		this.failure = shown(why);
		this.tell(`failed: ${why}`);
	}

	step({ direction, packet, size }: HandshakeStep): void {
		if (packet === "HandshakeRequest") this.steps = [];
		this.steps.push(`${direction} ${packet}`);
		trace(`${direction} ${packet}, ${size} octets\n`);
		this.onChanged?.();
	}

	message(direction: "sent" | "received", text: string): void {
		this.messages.push(`${direction === "sent" ? ">" : "<"} ${shown(text)}`);
		if (this.messages.length > REMEMBERED) this.messages.shift();
		trace(`${direction} ${shown(text)}\n`);
		this.onChanged?.();
	}
}
