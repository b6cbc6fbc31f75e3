import { LightweightSecureServer } from "lightweight-secure-tcp";
import type { ConnectionOptions } from "lightweight-secure-tcp/core/actions";
import { newRecord, PacketType, type Role, suites } from "lightweight-secure-tcp/core/codec";
import { Connection } from "lightweight-secure-tcp/core/connection";
import type { Crypto } from "lightweight-secure-tcp/core/crypto";
import { Challenger, Responder } from "lightweight-secure-tcp/core/handshake";
import { copy } from "lightweight-secure-tcp/core/octets";
import { original } from "lightweight-secure-tcp/core/original/original";
import { P256 } from "lightweight-secure-tcp/core/p256/p256";
import { Parser } from "lightweight-secure-tcp/core/parser";
import type { Profile } from "lightweight-secure-tcp/core/profile";
import { RandomSource } from "lightweight-secure-tcp/core/random";
import { Registry } from "lightweight-secure-tcp/core/registry";
import { secureProfile } from "lightweight-secure-tcp/core/secure";
import { moddableCrypto } from "lightweight-secure-tcp/moddable/crypto";
import { Key } from "lightweight-secure-tcp/moddable/key";
import { newKeyPair } from "lightweight-secure-tcp/p256/key-pair";

/** Prepares something and returns a function that does it once. */
export type Measure = () => () => void;

const octets = new Uint8Array(32).fill(7);
const key = () => new Key(octets);

function options(role: Role, profile: Profile, crypto: Crypto): ConnectionOptions {
	return {
		role,
		profile,
		crypto,
		random: new RandomSource(crypto),
		registry: new Registry(),
		keys: [sharedKey],
		suites: [suites.psk],
		context: new Uint8Array(0),
		allowSelfConnection: true,
		handshakeTimeout: 10_000,
		keepAliveInterval: 5_000,
		inactivityTimeout: 30_000,
		sendTimeout: 30_000,
		maxMessage: 4096,
		steps: false,
		slice: 4096,
		maxQueued: 8192,
		maxBundle: profile.mutual ? 1024 : 0,
		padTo: 0,
	};
}

const sharedKey = key();

function handshake(profile: Profile) {
	const { crypto } = counting(0);
	const random = new RandomSource(crypto);
	const challenger = new Challenger(profile.exchange({ ...options("client", profile, crypto), random }), random);
	const responder = new Responder(profile.exchange({ ...options("server", profile, crypto), random }), random);
	const response = responder.read(copy(challenger.begin()))!;
	responder.read(copy(challenger.read(copy(response))));
	const [own, other] =
		profile.challenger === "client" ? (["client", "server"] as const) : (["server", "client"] as const);
	return { challenger: challenger.finish(own), responder: responder.finish(other) };
}

const sealing = (profile: Profile, length: number) => () => {
	const { write } = handshake(profile).challenger;
	const record = newRecord(PacketType.RegularMessage, length, profile.layouts);
	return () => write.seal(record, 3);
};

/** Opening a record that fails costs the same as one that opens, except for the count: this measures the cipher's work. */
const opening = (profile: Profile, length: number) => () => {
	const { read } = handshake(profile).challenger;
	const record = newRecord(PacketType.RegularMessage, length, profile.layouts);
	return () => void read.open(record, 3);
};

const parsing = (length: number) => () => {
	const parser = new Parser({ maxMessage: 4096, suites: [suites.psk], profile: secureProfile });
	const record = newRecord(PacketType.RegularMessage, length);
	return () => {
		parser.push(record);
		parser.next();
	};
};

/** The same random octets each time, since their values can change the cost; `restart` begins anew. */
function counting(first: number): { crypto: Crypto; restart(): void } {
	let drawn = first;
	return {
		crypto: { ...moddableCrypto, random: (octets) => void octets.fill(++drawn) },
		restart: () => {
			drawn = first;
		},
	};
}

/** Makes connections of one configuration, which is not measured, with different random octets for each side. */
function connecting(role: Role, suite = suites.psk): () => Connection {
	const { crypto, restart } = counting(role === "client" ? 0 : 100);
	const configured = { ...options(role, secureProfile, crypto), suites: [suite] };
	const others = new Uint8Array(8);
	return () => {
		restart();
		// It refuses octets that repeat the previous draw.
		configured.random.fill(others);
		if (suite.share) configured.agreement = new P256(newKeyPair, configured.random);
		return new Connection(configured);
	};
}

/** Does all that is due; returns whether that has established a session or delivered a message. */
function perform(connection: Connection): boolean {
	let done = false;
	for (let action = connection.next(0); action; action = connection.next(0))
		done ||= action.type === "established" || action.type === "deliver";
	return done;
}

/** Does all that is due and returns what it writes. */
function written(connection: Connection): Uint8Array[] {
	const packets: Uint8Array[] = [];
	for (let action = connection.next(0); action; action = connection.next(0))
		if (action.type === "write") packets.push(action.octets);
	return packets;
}

/** Runs both sides until a session is established; returns them and what each wrote, piece by piece. */
function session(suite = suites.psk) {
	const [client, server] = [connecting("client", suite)(), connecting("server", suite)()];
	const said: Record<Role, Uint8Array[]> = { client: [], server: [] };
	const turn = (from: Connection, role: Role, to: Connection) => {
		for (const packet of written(from)) {
			said[role].push(packet);
			to.receive(copy(packet));
		}
	};
	written(server);
	turn(client, "client", server);
	turn(server, "server", client);
	turn(client, "client", server);
	turn(server, "server", client);
	written(client);
	return { client, server, said };
}

/** One side's whole handshake, from creating the connection to the session, with the other side's packets. */
const handshakeOf =
	(role: Role, suite = suites.psk) =>
	() => {
		const { said } = session(suite);
		const others = said[role === "client" ? "server" : "client"];
		const connect = connecting(role, suite);
		return () => {
			const connection = connect();
			let established = perform(connection);
			for (let i = 0; i < others.length; i++) {
				// As from a socket: packets are opened in place.
				connection.receive(new Uint8Array(others[i]!));
				established = perform(connection);
			}
			if (!established) throw new Error("no session came about");
		};
	};

/** A message through both connections, from `send` to its delivery. */
const messages = (length: number) => () => {
	const { client, server } = session();
	const message = new Uint8Array(length);
	return () => {
		client.send(message);
		for (const packet of written(client)) server.receive(packet);
		if (!perform(server)) throw new Error("the message did not arrive");
	};
};

const xtea = original();

export const measures: Readonly<Record<string, Measure>> = {
	"handshake of a client": handshakeOf("client"),
	"handshake of a server": handshakeOf("server"),
	"handshake of a client, psk-p256": handshakeOf("client", suites["psk-p256"]),
	"handshake of a server, psk-p256": handshakeOf("server", suites["psk-p256"]),
	"P-256: a key pair": () => () => void newKeyPair(octets),
	"P-256: what two key pairs have in common": () => {
		const pair = newKeyPair(octets);
		return () => void pair.agree(pair.share);
	},
	"P-256: whether a point is on the curve": () => {
		const { share } = newKeyPair(octets);
		return () => void P256.prototype.isShare(share);
	},
	"seal 20 octets": sealing(secureProfile, 20),
	"seal 256 octets": sealing(secureProfile, 256),
	"seal 1,024 octets": sealing(secureProfile, 1024),
	"open 20 octets": opening(secureProfile, 20),
	"open 256 octets": opening(secureProfile, 256),
	"open 1,024 octets": opening(secureProfile, 1024),
	"parse a record of 20 octets": parsing(20),
	"parse a record of 1,024 octets": parsing(1024),
	"a message of 20 octets, from send to delivery": messages(20),
	"a message of 1,024 octets, from send to delivery": messages(1024),
	"original: handshake, both sides": () => () => void handshake(xtea),
	"original: encipher 1,024 octets, XTEA256 of 32 rounds": sealing(xtea, 1024),
	"original: decipher 1,024 octets": opening(xtea, 1024),
};

/** A server whose sessions are idle; returns its port. */
export async function serve(listening: (port: number) => void): Promise<void> {
	const server = new LightweightSecureServer({
		key: key(),
		suites: ["psk"],
		maxSessions: 10,
		maxPendingPerAddress: 10,
		onHandshakeSuccess(session) {
			session.onMessageReceived = (message) => void session.send(message);
		},
	});
	listening((await server.start()).port);
}
