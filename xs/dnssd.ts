import { announce, browse, findServer } from "../src/node/discovery.js";

/** How long a name is probed before a device has it, and how long a device may search for servers, in milliseconds. */
const PROBE = 750;
const SEARCH = 60_000;

/** DNS-SD for a firmware's JavaScript, by that of the Node.js end. */
export class XsDiscovery {
	readonly #open = new Map<number, () => void>();
	/** The key ids of what is announced. */
	readonly #keyIds = new Map<number, string>();
	readonly #tell: (to: number, event: string, value?: unknown) => void;

	constructor(tell: (to: number, event: string, value?: unknown) => void) {
		this.#tell = tell;
	}

	/** @returns `id`, under which the outcome is reported */
	answer(request: { dnssd: string; id: number; name: string; port: number; key: string }, id: number): number {
		const { dnssd, name, port, key } = request;
		if (dnssd === "close") this.#close(request.id);
		else if (dnssd === "update") this.#keyIds.set(request.id, key);
		else if (dnssd === "claim")
			findServer(name, { timeout: PROBE }).then(
				(other) => this.#tell(id, other ? "error" : "ready"),
				() => this.#tell(id, "error"),
			);
		else if (dnssd === "advertise") this.#advertise(id, name, port, key);
		else this.#discover(id);
		return id;
	}

	close(): void {
		for (const id of [...this.#open.keys()]) this.#close(id);
	}

	#close(id: number): void {
		this.#open.get(id)?.();
		this.#open.delete(id);
	}

	#advertise(id: number, name: string, port: number, key: string): void {
		const over = new AbortController();
		this.#open.set(id, () => over.abort());
		this.#keyIds.set(id, key);
		announce(name, port, () => this.#keyIds.get(id)!.split(","), over.signal).catch(() => {});
	}

	#discover(id: number): void {
		const over = new AbortController();
		this.#open.set(id, () => over.abort());
		const onFound = (server: object) => this.#tell(id, "found", server);
		browse({ timeout: SEARCH, signal: over.signal, onFound }).catch(() => {});
	}
}
