import { lookup } from "node:dns";
import { readFileSync } from "node:fs";
import * as net from "node:net";
import { XsCrypto } from "./crypto.js";
import { XsDiscovery } from "./dnssd.js";
import { type Meter, XsMachine } from "./machine.js";

const root = new URL("../../", import.meta.url);
/** The most octets that a device's socket can have written and not yet sent. */
const WINDOW = 2920;
/** The same for the writes that it takes before they are acknowledged. */
const WRITES = 8;

/** The ids of the serial line and the radio; those of other objects follow. */
const SERIAL = 0;
const RADIO = -1;
/** Requests in JSON begin with `{`; others are for `XsCrypto`. */
const OBJECT = "{".charCodeAt(0);
/** The script that runs a module. */
const MAIN = -2;
/** The id under which `xs/shim/bench-run.js` listens. */
const BENCH = -3;

/** Modules that the SDK or native code provides on a device, by the file of `xs/shim` that stands in for it. */
const shims: Record<string, string> = {
	crypt: "crypt",
	"embedded:io/serial": "serial",
	"embedded:io/socket/listener": "listener",
	"embedded:io/socket/tcp": "tcp",
	"embedded:io/socket/udp": "udp",
	"embedded:network/dnssd": "dnssd",
	"embedded:network/interface/wifi": "wifi",
	"lightweight-secure-tcp/bench/run": "bench-run",
	"lightweight-secure-tcp/p256/multiply": "multiply",
	"lightweight-secure-tcp/native/lstcp_aead": "lstcp_aead",
	"lightweight-secure-tcp/native/lstcp_hkdf": "lstcp_hkdf",
	"lightweight-secure-tcp/native/lstcp_memory": "lstcp_memory",
	"lightweight-secure-tcp/native/lstcp_random": "lstcp_random",
	"lightweight-secure-tcp/selftest/native/lstcp_selftest": "lstcp_selftest",
	"mc/config": "config",
	net: "net",
	preference: "preference",
	Resource: "resource",
	"text/decoder": "text-decoder",
	time: "time",
	timer: "timer",
};

/** Modules of the firmware whose file is not where its name says. */
const aliases: Record<string, string> = {
	main: "src/main",
	bench: "boards/bench/main",
	measures: "boards/bench/measures",
	provision: "boards/provision/main",
	selftest: "boards/selftest/main",
	"lightweight-secure-tcp": "src/moddable/entry",
	"lightweight-secure-tcp/moddable/agreement": "src/p256/agreement",
	"lightweight-secure-tcp/original": "src/original/entry",
	"lightweight-secure-tcp/firmware/profile": "src/firmware/profile-secure",
	"lightweight-secure-tcp/firmware/screen": "src/firmware/screen-none",
	"lightweight-secure-tcp/firmware/wifi": "src/firmware/wifi-up",
};

/** @param chosen files that replace modules of the firmware */
function moduleSource(specifier: string, chosen: Record<string, string>): string {
	const shim = /hex$|native$/.exec(specifier)?.[0] ?? shims[specifier];
	if (shim) return readFileSync(new URL(`xs/shim/${shim}.js`, root), "utf8");
	const path = chosen[specifier] ?? aliases[specifier] ?? specifier.replace(/^lightweight-secure-tcp\//, "src/");
	return readFileSync(new URL(`build/moddable/${path}.js`, root), "utf8");
}

interface Socket {
	readonly socket: net.Socket;
	listening: boolean;
	readable: Buffer;
	ended: boolean;
	/** Octets that were written and not yet acknowledged, and in how many writes. */
	unacknowledged: number;
	writes: number;
}

export interface FirmwareOptions {
	/** The xsnap-worker. */
	binary: string;
	/** The module that is run. */
	main: string;
	config?: object;
	/** Files that replace modules' own, by module name. */
	modules?: Record<string, string>;
	/** The firmware's resources: files by name. */
	resources?: Record<string, string>;
	/** How long the peer takes to acknowledge what is written, in milliseconds. Default: 0. */
	roundTrip?: number;
	onTrace?: (text: string) => void;
	/** Called with what the firmware writes to its serial line; `serial` is the other direction. */
	onSerial?: (octets: Buffer) => void;
	/** The firmware joins a network; false makes that throw. `radio` reports the outcome. */
	onWiFi?: (network: { SSID: string; password?: string }) => boolean;
}

/** A firmware's JavaScript on XS, with this process as its hardware: timers, sockets, ciphers, random octets. */
export class XsFirmware {
	readonly #options: FirmwareOptions;
	readonly #machine: XsMachine;
	readonly #timers = new Map<number, NodeJS.Timeout>();
	readonly #crypto = new XsCrypto();
	readonly #sockets = new Map<number, Socket>();
	readonly #listeners = new Map<number, { server: net.Server; accepted: number[] }>();
	readonly #discovery = new XsDiscovery((to, event, value) => this.#tell(to, event, value));
	#ids = 0;
	#closed = false;
	#quit!: (status: number) => void;
	#fail!: (error: Error) => void;
	/** Resolves with the firmware's exit status, or rejects with the error that ended it. */
	readonly finished: Promise<number>;
	/** The modules loaded so far. */
	readonly loaded: string[] = [];

	constructor(options: FirmwareOptions) {
		this.#options = options;
		this.finished = new Promise((resolve, reject) => {
			this.#quit = resolve;
			this.#fail = reject;
		});
		this.finished.catch(() => {});
		this.#machine = new XsMachine(options.binary, (request) => {
			try {
				if (request[0] !== OBJECT) return this.#crypto.answer(request);
				return Buffer.from(JSON.stringify(this.#answer(JSON.parse(request.toString())) ?? null));
			} catch (error) {
				this.#fail(error as Error);
				return Buffer.from("null");
			}
		});
		const boot = readFileSync(new URL("xs/boot.js", root), "utf8");
		this.#machine.evaluate(boot).catch(this.#fail);
		this.#machine.send({ to: MAIN, event: "run", value: options.main }).catch(this.#fail);
	}

	close(): void {
		this.#closed = true;
		for (const timer of this.#timers.values()) clearTimeout(timer);
		for (const { socket } of this.#sockets.values()) socket.destroy();
		for (const { server } of this.#listeners.values()) server.close();
		this.#discovery.close();
		this.#machine.close();
		this.#quit(-1);
	}

	/** Octets arrive on the serial line. */
	serial(octets: Buffer): void {
		this.#tell(SERIAL, "readable", octets.toString("hex"));
	}

	/** The Wi-Fi's state has changed, to this number of ECMA-419's. */
	radio(connection: number, address?: string): void {
		this.#tell(RADIO, "changed", { connection, address });
	}

	/** Runs a measure of the benchmark, and returns its cost. */
	bench(event: string, value?: unknown): Promise<Meter> {
		return this.#machine.send({ to: BENCH, event, value });
	}

	#tell(to: number, event: string, value?: unknown): void {
		void this.#send(to, event, value);
	}

	async #send(to: number, event: string, value?: unknown): Promise<void> {
		try {
			await this.#machine.send({ to, event, value });
		} catch (error) {
			if (!this.#closed) this.#fail(error as Error);
		}
	}

	// biome-ignore lint/suspicious/noExplicitAny: the shims' own little protocol
	#answer(request: any): unknown {
		// After `close` nobody hears the answer to an earlier request.
		if (this.#closed) return undefined;
		if ("trace" in request) return this.#options.onTrace?.(request.trace);
		if ("module" in request) {
			this.loaded.push(request.module);
			return moduleSource(request.module, this.#options.modules ?? {});
		}
		if ("config" in request) return this.#options.config ?? {};
		if ("resource" in request) return this.#options.resources?.[request.resource];
		if ("ticks" in request) return Math.floor(performance.now());
		if ("timer" in request) return this.#timer(request);
		if ("tcp" in request) return this.#tcp(request);
		if ("listener" in request) return this.#listener(request);
		if ("dnssd" in request) return this.#discovery.answer(request, ++this.#ids);
		if ("serial" in request) return this.#options.onSerial?.(Buffer.from(request.serial, "hex"));
		if ("wifi" in request) return this.#options.onWiFi?.(request.wifi);
		if ("resolve" in request) return this.#resolve(request.resolve);
		if ("quit" in request) return this.#quit(request.quit);
		throw new Error(request.failed ?? `an unknown request: ${Object.keys(request)}`);
	}

	#timer({
		timer,
		id,
		interval,
		repeat,
	}: {
		timer: string;
		id: number;
		interval: number;
		repeat: number | null;
	}): number | undefined {
		if (timer === "clear") {
			clearTimeout(this.#timers.get(id));
			this.#timers.delete(id);
			return undefined;
		}
		const made = ++this.#ids;
		const fire = () => {
			if (repeat === null) {
				this.#timers.delete(made);
				return this.#tell(made, "fired");
			}
			// As on a device, it fires once per turn, however long it was held up.
			void this.#send(made, "fired").then(() => {
				if (this.#timers.has(made)) this.#timers.set(made, setTimeout(fire, repeat));
			});
		};
		this.#timers.set(made, setTimeout(fire, interval));
		return made;
	}

	#tcp({
		tcp,
		id,
		address,
		port,
		octets,
		count,
	}: {
		tcp: string;
		id: number;
		address: string;
		port: number;
		octets: string;
		count: number;
	}): unknown {
		if (tcp === "connect") return this.#keep(net.connect({ host: address, port, noDelay: true }));
		const one = this.#sockets.get(id);
		if (!one) return undefined;
		const { socket } = one;
		if (tcp === "listen") {
			one.listening = true;
			if (!socket.connecting) this.#tell(id, "writable", WINDOW);
			this.#tellReadable(id, one);
		} else if (tcp === "peer")
			return { address: socket.remoteAddress?.replace(/^::ffff:/, "") ?? "", port: socket.remotePort ?? 0 };
		else if (tcp === "read") {
			const part = one.readable.subarray(0, count);
			one.readable = one.readable.subarray(part.length);
			if (one.readable.length < WINDOW) socket.resume();
			if (one.ended && !one.readable.length) this.#tell(id, "error");
			return part.toString("hex");
		} else if (tcp === "write") {
			const size = octets.length / 2;
			// As with lwIP, nothing can be written once the peer has ended the connection, nor while too many writes are unacknowledged.
			if (one.unacknowledged + size > WINDOW || one.writes === WRITES || one.ended) return -1;
			one.unacknowledged += size;
			one.writes++;
			const acknowledged = () => {
				one.unacknowledged -= size;
				one.writes--;
				if (!socket.destroyed) this.#tell(id, "writable", WINDOW - one.unacknowledged);
			};
			const { roundTrip } = this.#options;
			socket.write(octets, "hex", () => void (roundTrip ? setTimeout(acknowledged, roundTrip) : acknowledged()));
			return WINDOW - one.unacknowledged;
		} else {
			this.#sockets.delete(id);
			socket.end();
			setTimeout(() => socket.destroy(), 2_000).unref();
		}
		return undefined;
	}

	#keep(socket: net.Socket): number {
		const id = ++this.#ids;
		const one: Socket = {
			socket,
			listening: false,
			readable: Buffer.alloc(0),
			ended: false,
			unacknowledged: 0,
			writes: 0,
		};
		this.#sockets.set(id, one);
		const end = () => {
			if (one.ended) return;
			one.ended = true;
			if (!one.readable.length) this.#tell(id, "error");
		};
		socket
			.on("connect", () => this.#tell(id, "writable", WINDOW))
			.on("data", (chunk: Buffer) => {
				one.readable = Buffer.concat([one.readable, chunk]);
				// A device's window is small: unread octets hold the sender back.
				if (one.readable.length >= WINDOW) socket.pause();
				this.#tellReadable(id, one);
			})
			.on("error", end)
			.on("end", end)
			.on("close", end);
		return id;
	}

	#tellReadable(id: number, one: Socket): void {
		if (one.listening && one.readable.length) this.#tell(id, "readable", one.readable.length);
	}

	#listener({ listener, id, port }: { listener: string; id: number; port: number }): unknown {
		if (listener === "accept") return this.#listeners.get(id)?.accepted.shift();
		if (listener === "close") {
			this.#listeners.get(id)?.server.close();
			this.#listeners.delete(id);
			return undefined;
		}
		const made = ++this.#ids;
		const accepted: number[] = [];
		const server = net.createServer((socket) => {
			accepted.push(this.#keep(socket));
			this.#tell(made, "readable", accepted.length);
		});
		// Without a host Node.js binds at once, as a device does; no address means failure.
		server.on("error", () => {}).listen(port);
		this.#listeners.set(made, { server, accepted });
		const address = server.address() as net.AddressInfo | null;
		return address && { id: made, port: address.port };
	}

	#resolve(name: string): number {
		const id = ++this.#ids;
		lookup(name, 4, (_error, address) => this.#tell(id, "resolved", address ?? null));
		return id;
	}
}
