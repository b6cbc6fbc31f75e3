import Timer from "timer";
import { messageOf } from "../core/errors.js";
import type { Session } from "../moddable/index.js";
import { moddablePlatform } from "../moddable/platform.js";
import { freeMemory } from "../native/lstcp_memory.js";
import type { FirmwareConfig } from "./config.js";
import { answerTo, fizzBuzz } from "./fizzbuzz.js";
import type { Status } from "./status.js";

export type TextSession = Session<"string">;

/** The conversation of two devices in a session. */
export interface Application {
	/** A server's answer to a message. @throws Error if the message does not belong to this conversation */
	answer(message: string): string;
	/** Begins a client's part: what it sends, and what it does with the answers. */
	begin(session: TextSession, status: Status): void;
}

/** A counter, the uptime and the free memory of the client, each answered by the server. */
class Life implements Application {
	readonly #interval: number;
	#count = 0;

	constructor({ interval }: FirmwareConfig) {
		this.#interval = interval;
	}

	answer(message: string): string {
		const end = message.indexOf(" ");
		return `ok ${end < 0 ? message : message.slice(0, end)}`;
	}

	begin(session: TextSession, status: Status): void {
		let answered = this.#count;
		const say = () => {
			// Nothing more to a server that does not read, until it does.
			if (session.queued) return;
			const uptime = Math.floor(moddablePlatform.now() / 1000);
			const text = `${++this.#count} up ${uptime} s, ${freeMemory()} octets free`;
			session.send(text);
			status.message("sent", text);
		};
		session.onMessageReceived = (message) => {
			answered++;
			if (message !== `ok ${answered}`) status.fail(`"${message}" is not the answer to ${answered}`);
			status.message("received", message);
		};
		const timer = Timer.repeat(() => {
			if (!session.active) return Timer.clear(timer);
			try {
				say();
			} catch (error) {
				status.fail(messageOf(error));
			}
		}, this.#interval);
		say();
	}
}

/** The conversation of the demo. */
class FizzBuzz implements Application {
	readonly #rounds: number;

	constructor({ rounds }: FirmwareConfig) {
		this.#rounds = rounds;
	}

	answer(message: string): string {
		return answerTo(message);
	}

	begin(session: TextSession, status: Status): void {
		let number = 1;
		let round = 0;
		const say = () => {
			session.send(fizzBuzz(number));
			status.message("sent", fizzBuzz(number));
		};
		session.onMessageReceived = (message) => {
			status.message("received", message);
			if (message !== fizzBuzz(number + 1)) {
				status.fail(`"${message}" is not how this conversation goes on`);
				void session.close();
			} else if (++round === this.#rounds) {
				status.tell(`all ${round} rounds came back right`);
				void session.close();
			} else {
				number += 2;
				say();
			}
		};
		say();
	}
}

export function makeApplication(config: FirmwareConfig): Application {
	return config.application === "life" ? new Life(config) : new FizzBuzz(config);
}
