import { PacketType, packetSize, type Suite, suiteOf } from "./codec.js";
import type { Arrived } from "./crypto.js";
import { join, nothing } from "./octets.js";
import type { Profile } from "./profile.js";

/** A packet whose first octets show that this side does not accept it. */
export class PacketRefused extends Error {
	readonly why: "unknown-type" | "unsupported-suite" | "too-long" | "no-memory";

	constructor(why: PacketRefused["why"], message: string) {
		super(message);
		this.why = why;
	}
}

export interface ParserOptions {
	/** The longest payload of a RegularMessage or Bundle, in octets; longer ones are refused before anything is stored for them. */
	readonly maxMessage: number;
	readonly profile: Pick<Profile, "layouts">;
	/** The suites that a HandshakeRequest may ask for; the first determines the size of a HandshakeResponse. */
	readonly suites: readonly Suite[];
	/** Whether that many octets can be allocated. Default: always. */
	readonly hasRoom?: ((octets: number) => boolean) | undefined;
}

/** Turns octets, arriving in any pieces, into whole packets; stores at most one. */
export class Parser implements Arrived {
	private readonly options: ParserOptions;
	/** What has arrived and was not taken yet: `prefix` or the filled part of `packet`, then `chunk` from `at`. */
	private prefix = 0;
	/** The number of octets in `prefix`, at most three, big-endian: an array would cost a device seven slots. */
	private prefixed = 0;
	private packet: Uint8Array | undefined;
	private filled = 0;
	chunk: Uint8Array = nothing;
	at = 0;

	constructor(options: ParserOptions) {
		this.options = options;
	}

	/** Octets that have arrived and are not part of a packet that `next` has returned. */
	get pending(): number {
		return this.prefixed + this.filled + this.chunk.length - this.at;
	}

	/** The first octet of the next packet, once it is there. */
	get type(): number | undefined {
		if (this.packet) return this.packet[0];
		return this.prefixed ? this.octet(0) : this.chunk[this.at];
	}

	/** Takes over `octets`: packets that are complete in them are returned, and opened, in place. */
	push(octets: Uint8Array): void {
		this.chunk = this.at < this.chunk.length ? join(this.chunk.subarray(this.at), octets) : octets;
		this.at = 0;
	}

	/**
	 * The next whole packet, or undefined until more octets come.
	 * @throws PacketRefused as soon as the first octets show that it cannot be accepted
	 */
	next(): Uint8Array | undefined {
		if (!this.packet) {
			const size = this.nextSize();
			if (size === undefined) return undefined;
			if (!this.prefixed && this.chunk.length - this.at >= size) return this.take(size);
			const { hasRoom } = this.options;
			if (hasRoom && !hasRoom(size)) throw new PacketRefused("no-memory", `a packet of ${size} octets`);
			this.packet = new Uint8Array(size);
			for (let i = 0; i < this.prefixed; i++) this.packet[i] = this.octet(i);
			this.filled = this.prefixed;
			this.prefixed = 0;
		}
		const part = this.take(Math.min(this.packet.length - this.filled, this.chunk.length - this.at));
		this.packet.set(part, this.filled);
		this.filled += part.length;
		if (this.filled < this.packet.length) return undefined;
		const whole = this.packet;
		this.packet = undefined;
		this.filled = 0;
		return whole;
	}

	/** Forgets all that has arrived. */
	clear(): void {
		this.prefixed = this.filled = this.at = 0;
		this.packet = undefined;
		this.chunk = nothing;
	}

	private take(length: number): Uint8Array {
		const { chunk, at } = this;
		const end = at + length;
		const whole = end === chunk.length;
		this.at = whole ? 0 : end;
		if (whole) this.chunk = nothing;
		return whole && at === 0 ? chunk : chunk.subarray(at, end);
	}

	private octet(index: number): number {
		if (index >= this.prefixed) return this.chunk[this.at + index - this.prefixed]!;
		return (this.prefix >> (8 * (this.prefixed - 1 - index))) & 0xff;
	}

	/** Whether `count` octets of the next packet are there; if fewer, they are stored as its prefix. */
	private has(count: number): boolean {
		if (this.pending >= count) return true;
		const rest = this.take(this.chunk.length - this.at);
		for (let i = 0; i < rest.length; i++) this.prefix = (this.prefix << 8) | rest[i]!;
		this.prefixed += rest.length;
		return false;
	}

	private nextSize(): number | undefined {
		const type = this.type as PacketType | undefined;
		if (type === undefined) return undefined;
		const { layouts } = this.options.profile;
		const layout = layouts[type];
		if (!layout) throw new PacketRefused("unknown-type", describeStranger(this.chunk.subarray(this.at)));
		const { payload, share } = layout;
		if (payload === "length") {
			if (!this.has(3)) return undefined;
			const length = (this.octet(1) << 8) | this.octet(2);
			const { maxMessage } = this.options;
			if (length > maxMessage)
				throw new PacketRefused("too-long", `a ${layout.name} of ${length} octets where ${maxMessage} are accepted`);
			return packetSize(type, length, undefined, layouts);
		}
		if (!share) return packetSize(type, payload, undefined, layouts);
		const { suites } = this.options;
		if (type === PacketType.HandshakeResponse) return packetSize(type, payload, suites[0]);
		if (!this.has(2)) return undefined;
		const code = this.octet(1);
		const suite = suiteOf(suites, code);
		if (!suite) throw new PacketRefused("unsupported-suite", `suite 0x${code.toString(16).padStart(2, "0")}`);
		return packetSize(type, payload, suite);
	}
}

/** For people: the protocol that the first octets look like. */
function describeStranger(octets: Uint8Array): string {
	const first = octets.subarray(0, 4);
	if (first[0] === 0x16 && first[1] === 0x03) return "it looks like TLS";
	if (first.length === 4 && first.every((octet) => octet >= 0x20 && octet < 0x7f)) {
		const text = String.fromCharCode(...first);
		if (/^(GET |POST|PUT |HEAD|OPTI|HTTP)/.test(text)) return "it looks like HTTP";
		if (text === "SSH-") return "it looks like SSH";
	}
	return `its first octet is 0x${octets[0]!.toString(16).padStart(2, "0")}`;
}
