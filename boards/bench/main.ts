import type { ConnectionOptions } from "lightweight-secure-tcp/core/actions";
import { newRecord, PacketType, suites } from "lightweight-secure-tcp/core/codec";
import { Challenger, Responder } from "lightweight-secure-tcp/core/handshake";
import { original } from "lightweight-secure-tcp/core/original/original";
import { Parser } from "lightweight-secure-tcp/core/parser";
import type { Profile } from "lightweight-secure-tcp/core/profile";
import { RandomSource } from "lightweight-secure-tcp/core/random";
import { secureProfile } from "lightweight-secure-tcp/core/secure";
import { moddableCrypto } from "lightweight-secure-tcp/moddable/crypto";
import { Key } from "lightweight-secure-tcp/moddable/key";
import { quit } from "lightweight-secure-tcp/selftest/native/lstcp_selftest";
import config from "mc/config";
import Time from "time";

// What the parts of a session cost on this engine. With `measure` and `times` in the config only that is done, so often, for
// a host that counts; else each is timed.
const random = new RandomSource(moddableCrypto);
/** Milliseconds that are long enough to be measured. */
const ENOUGH = 300;

function handshake(profile: Profile) {
	const options = {
		keys: [new Key(new Uint8Array(32).fill(7))],
		random,
		crypto: moddableCrypto,
		suites: [suites.psk],
		context: new Uint8Array(0),
		allowSelfConnection: true,
	} as unknown as ConnectionOptions;
	const challenger = new Challenger(profile.exchange(options), random);
	const responder = new Responder(profile.exchange(options), random);
	responder.read(challenger.read(responder.read(challenger.begin())!));
	const [own, other] =
		profile.challenger === "client" ? (["client", "server"] as const) : (["server", "client"] as const);
	return { challenger: challenger.finish(own), responder: responder.finish(other) };
}

function sealing(profile: Profile, length: number): () => void {
	const { write } = handshake(profile).challenger;
	const record = newRecord(PacketType.RegularMessage, length, profile.layouts);
	return () => write.seal(record, 3);
}

/** A record that does not open costs what one that opens does, but for the count: here it is the cipher's own work. */
function opening(profile: Profile, length: number): () => void {
	const { read } = handshake(profile).challenger;
	const record = newRecord(PacketType.RegularMessage, length, profile.layouts);
	return () => void read.open(record, 3);
}

function parsing(length: number): () => void {
	const parser = new Parser({ maxMessage: 4096, suites: [suites.psk] });
	const record = newRecord(PacketType.RegularMessage, length);
	return () => {
		parser.push(record);
		parser.next();
	};
}

const xtea = original();
const measures: Record<string, () => () => void> = {
	"seal 20 octets": () => sealing(secureProfile, 20),
	"seal 256 octets": () => sealing(secureProfile, 256),
	"seal 1,024 octets": () => sealing(secureProfile, 1024),
	"open 20 octets": () => opening(secureProfile, 20),
	"open 256 octets": () => opening(secureProfile, 256),
	"open 1,024 octets": () => opening(secureProfile, 1024),
	"parse a record of 256 octets": () => parsing(256),
	"handshake, both sides": () => () => void handshake(secureProfile),
	"original: encipher 1,024 octets, XTEA256 of 32 rounds": () => sealing(xtea, 1024),
	"original: decipher 1,024 octets": () => opening(xtea, 1024),
	"original: handshake, both sides": () => () => void handshake(xtea),
};

function repeat(run: () => void, times: number): void {
	for (let i = 0; i < times; i++) run();
}

if (config.measure !== undefined) repeat(measures[config.measure]!(), config.times);
else if (config.list) trace(`${JSON.stringify(Object.keys(measures))}\n`);
else
	for (const [name, prepare] of Object.entries(measures)) {
		const run = prepare();
		let times = 1;
		let took = 0;
		while (took < ENOUGH) {
			times *= 2;
			const begin = Time.ticks;
			repeat(run, times);
			took = Time.delta(begin, Time.ticks);
		}
		trace(`${name}\t${((1000 * took) / times).toFixed(2)}\n`);
	}
quit(0);
