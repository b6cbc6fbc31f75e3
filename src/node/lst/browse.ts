import { HandshakeError, LightweightSecureError } from "../../core/errors.js";
import { browse as browseNetwork, type FoundServer, findServer } from "../discovery.js";
import { Exit, UsageError } from "./exit.js";
import { printable, say } from "./say.js";

/** How long to search for a server by its name, in milliseconds. */
const SEARCH = 3_000;

/** Lists the servers that announce themselves on the local network. Resolves with the exit code. */
export async function browse({ seconds, json }: { seconds: number; json?: boolean }): Promise<number> {
	const found = await browseNetwork({
		timeout: seconds * 1000,
		onFound(server) {
			const { name, host, address, port, keyIds } = server;
			const line = `${name} (${host}), ${address}:${port}, key ${keyIds.join(" or ") || "unknown"}`;
			process.stdout.write(json ? `${JSON.stringify(server)}\n` : `${printable(line)}\n`);
		},
	});
	if (found.length) return Exit.done;
	say("no server announces itself on this network; `lst listen --advertise NAME` does");
	return Exit.lost;
}

/** The address that `lst connect` connects to: the one given, or the one that a server named NAME.local announces. */
export async function locate(host: string, port: number | undefined): Promise<{ host: string; port: number }> {
	if (/\.local\.?$/i.test(host)) {
		const server = await search(host, port);
		if (server) return { host: server.address, port: port ?? server.port };
	} else if (port === undefined)
		throw new UsageError("the port is missing: only a NAME.local can be looked for without");
	if (port === undefined)
		throw new HandshakeError("unreachable", `no server called ${host} announces itself; see \`lst browse\``);
	return { host: host.replace(/^\[(.*)\]$/, "$1"), port };
}

/** If a port is given, the system's resolver may know the name, so that failing multicast DNS is not an error. */
async function search(host: string, port: number | undefined): Promise<FoundServer | undefined> {
	try {
		return await findServer(host, { timeout: SEARCH });
	} catch (error) {
		if (!(error instanceof LightweightSecureError)) throw error;
		if (port === undefined) throw new HandshakeError("unreachable", error.message);
		return undefined;
	}
}
