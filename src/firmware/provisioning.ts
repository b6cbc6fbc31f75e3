import { messageOf } from "../core/errors.js";
import { wipe } from "../core/octets.js";
import { eraseKey, keyWithId, storedKey, storeKey } from "./keys.js";

/** Octets of the longest line, `lst key` with 64 digits and an id; longer ones are noise. */
const LONGEST_LINE = 96;
const LINE_FEED = 0x0a;
const COMMAND = "lst ";

function heldKey(): string {
	try {
		return storedKey()?.id ?? "none";
	} catch {
		return "damaged";
	}
}

/**
 * The device's side of provisioning over a serial line, in lines of ASCII; `boards/README.md` has the table. Lines that do not
 * begin with `lst `, from a boot loader for instance, are ignored. A key is never sent back.
 */
export class Provisioning {
	readonly #answer: (line: string) => void;
	readonly #line = new Uint8Array(LONGEST_LINE);
	#length = 0;
	#tooLong = false;

	constructor(answer: (line: string) => void) {
		this.#answer = answer;
	}

	receive(octets: Uint8Array): void {
		for (const octet of octets) {
			if (octet === LINE_FEED) this.#end();
			else if (this.#length < LONGEST_LINE) this.#line[this.#length++] = octet;
			else this.#tooLong = true;
		}
		wipe(octets);
	}

	#end(): void {
		const line = String.fromCharCode(...this.#line.subarray(0, this.#length)).trim();
		const noise = this.#tooLong || !line.startsWith(COMMAND);
		wipe(this.#line);
		this.#length = 0;
		this.#tooLong = false;
		if (noise) return;
		const [command, ...args] = line.slice(COMMAND.length).split(" ");
		try {
			this.#answer(COMMAND + this.#obey(command!, args));
		} catch (error) {
			this.#answer(`${COMMAND}refused ${messageOf(error)}`);
		}
	}

	#obey(command: string, args: string[]): string {
		if (command === "key" && args.length === 2) return this.#take(args[0]!, args[1]!);
		if (command === "hello" && !args.length) return `ready key ${heldKey()}`;
		if (command !== "erase" || args.length) throw new Error("this is not `hello`, `key HEX ID` or `erase`");
		eraseKey();
		return "erased";
	}

	/** The id shows whether the line was garbled. */
	#take(hex: string, id: string): string {
		keyWithId(hex, id);
		storeKey(hex);
		return `stored ${id}`;
	}
}
