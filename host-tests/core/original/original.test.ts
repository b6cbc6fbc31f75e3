import assert from "node:assert/strict";
import type { Crypto } from "../../../src/core/crypto.js";
import { type CommonOptions, checkOptions, chooseKeys, claimKeys } from "../../../src/core/options.js";
import { original } from "../../../src/core/original/original.js";
import { Xtea256 } from "../../../src/core/original/xtea256.js";
import { RandomSource } from "../../../src/core/random.js";
import { Registry } from "../../../src/core/registry.js";
import { secureProfile } from "../../../src/core/secure.js";
import { nodeCrypto } from "../../../src/node/crypto.js";
import { originalChecks } from "../../../src/selftest/original.js";
import { text } from "../../helpers/crypto.js";
import { converse, newKey, Side, type SideOptions, sessionPair } from "../../helpers/pair.js";
import { originalVectors } from "../../helpers/vectors.js";

const defaults: SideOptions = { profile: original(), suites: [], maxMessage: 65_528, maxBundle: 0 };
const side = (role: "client" | "server", options: SideOptions = {}) => new Side(role, { ...defaults, ...options });
const pair = (client: SideOptions = {}, server: SideOptions = {}) =>
	sessionPair({ ...defaults, ...client }, { ...defaults, ...server });

/** node:crypto, but its first draws of random octets return `octets`, one element for each draw. */
function drawing(...octets: Uint8Array[]): Crypto {
	return {
		...nodeCrypto,
		random: (into) => (octets.length ? into.set(octets.shift()!) : nodeCrypto.random(into)),
	};
}

describe("the original profile", () => {
	describe("known answers of the C++ library", () => {
		for (const { name, run } of originalChecks(nodeCrypto, originalVectors)) it(name, run);
	});

	describe("handshake", () => {
		it("is started by the server, takes packets of 25, 25 and 33 octets, and succeeds without a confirmation", () => {
			const [client, server] = [side("client").pump(), side("server").pump()];
			assert.equal(client.outgoing.length, 0, "a client waits for the server");
			const [request] = server.take();
			const [response] = client.feed(request!).take();
			assert.ok(!client.established);
			const [success] = server.feed(response!).take();
			assert.ok(server.established);
			client.feed(success!);
			assert.ok(client.established);
			assert.deepEqual(
				[request, response, success].map((packet) => [packet![0], packet!.length]),
				[
					[0x02, 25],
					[0x03, 25],
					[0x04, 33],
				],
			);
			assert.deepEqual(client.take(), [], "nothing confirms it");
			assert.deepEqual(
				server.of("step").map(({ step }) => `${step.direction} ${step.packet}`),
				["sent HandshakeRequest", "received HandshakeResponse", "sent HandshakeSuccess"],
			);
		});

		it("succeeds with another number of rounds if both sides use it", () => {
			const { client, server } = pair({ profile: original({ rounds: 1 }) }, { profile: original({ rounds: 1 }) });
			client.connection.send(text("x"));
			server.feed(...client.pump().take());
			assert.deepEqual(server.texts, ["x"]);
		});

		it("has the server redraw fields of all ones, which the library cannot read; a client answers one", () => {
			const ones = (from: number, to: number) => new Uint8Array(20).fill(0xff, from, to);
			const crypto = drawing(ones(0, 4), ones(4, 12), ones(12, 20), new Uint8Array(20).fill(3), new Uint8Array(4));
			const server = side("server", { crypto }).pump();
			const [request] = server.take();
			const cipher = new Xtea256(newKey().octets, 32);
			const plain = request!.slice(1);
			cipher.decrypt(plain, 0, plain.length);
			assert.deepEqual([...plain.subarray(0, 20)], new Array(20).fill(3));
			plain.set(ones(0, 4).subarray(0, 4));
			cipher.encrypt(plain, 0, plain.length);
			const client = side("client").pump();
			assert.equal(client.feed(Uint8Array.of(2, ...plain)).take().length, 1);
		});

		for (const [at, reason] of [
			[0, "wrong-answer"],
			[1, "wrong-answer"],
			[2, "wrong-answer"],
			[3, "wrong-answer"],
			[4, "wrong-sum"],
			[12, "wrong-xor"],
		] as const)
			it(`a response with a wrong octet ${at} is refused as ${reason}`, () => {
				const [client, server] = [side("client").pump(), side("server").pump()];
				const [response] = client.feed(...server.take()).take();
				const cipher = new Xtea256(newKey().octets, 32);
				cipher.decrypt(response!, 1, 25);
				response![1 + at]! ^= 1;
				cipher.encrypt(response!, 1, 25);
				server.feed(response!);
				assert.equal(server.failure?.reason, reason);
				assert.deepEqual(server.take(), []);
			});

		it("fails if keys or rounds differ, with a message on the server that says so", () => {
			for (const options of [{ keys: [newKey(7)] }, { profile: original({ rounds: 31 }) }]) {
				const [client, server] = [side("client", options).pump(), side("server").pump()];
				server.feed(...client.feed(...server.take()).take());
				assert.match(server.failure!.message, /as when the keys, or the rounds, of both sides differ/);
				assert.ok(!server.established && !client.established);
			}
		});

		it("fails as no-capacity on both sides, with a Disconnect for HandshakeSuccess, if the server is full", () => {
			const [client, server] = [side("client").pump(), side("server", { server: { full: true } }).pump()];
			server.feed(...client.feed(...server.take()).take());
			assert.equal(server.failure?.reason, "no-capacity");
			const sent = server.take();
			assert.deepEqual(sent, [Uint8Array.of(0x06)]);
			client.feed(...sent);
			assert.equal(client.failure?.reason, "no-capacity");
		});

		it("fails as unexpected-packet, not as no-capacity, on a Disconnect that comes earlier", () => {
			for (const early of [side("client").pump(), side("server").pump()])
				assert.equal(early.feed(Uint8Array.of(6)).failure?.reason, "unexpected-packet");
		});

		it("times out on a silent peer with a message that suggests different keys or rounds", () => {
			const [client, server] = [side("client").pump(), side("server").pump()];
			client.feed(...server.take());
			server.feed(Uint8Array.of(3));
			for (const waiting of [client, server])
				assert.match(waiting.advance(10_000).failure!.message, /as when the keys, or the rounds, of both sides differ/);
		});

		it("fails as unexpected-packet on octets directly behind the request or the response", () => {
			const [client, server] = [side("client").pump(), side("server").pump()];
			const [request] = server.take();
			const early = client.feed(request!, Uint8Array.of(5));
			assert.equal(early.failure?.reason, "unexpected-packet");
			const other = side("client").pump();
			const [response] = other.feed(request!).take();
			assert.equal(server.feed(response!, Uint8Array.of(5)).failure?.reason, "unexpected-packet");
		});
	});

	describe("a peer of the other profile", () => {
		it("is named by both sides when a secure client meets an original server", () => {
			const secure = new Side("client").pump();
			const server = side("server").pump();
			const [greeting] = server.take();
			assert.match(secure.feed(greeting!).failure!.message, /looks like a server of the original profile/);
			assert.match(server.feed(...new Side("client").pump().take()).failure!.message, /a client of the secure profile/);
		});

		it("is named at the deadline or end when an original client and a secure server wait for each other", () => {
			const [client, server] = [side("client").pump(), new Side("server").pump()];
			assert.match(client.advance(10_000).failure!.message, /a server of the secure profile, which waits/);
			assert.match(server.advance(10_000).failure!.message, /a client of the original profile, which waits/);
			const gone = new Side("server").pump();
			gone.connection.inputEnd(0);
			assert.match(gone.pump().failure!.message, /a client of the original profile, which waits/);
		});
	});

	describe("session", () => {
		it("carries 1 to 65,528 octets both ways, padded to whole blocks, with and without slices", () => {
			for (const slice of [Number.POSITIVE_INFINITY, 64]) {
				const { client, server } = pair({ slice }, { slice });
				for (const length of [1, 7, 8, 9, 63, 64, 65, 1000, 65_521, 65_527, 65_528]) {
					const message = new Uint8Array(length).map((_, i) => i * 7);
					for (const [from, to] of [
						[client, server],
						[server, client],
					] as const) {
						from.connection.send(message);
						while (!from.pump().outgoing.length);
						const sent = from.take();
						assert.equal(sent[0]!.length, 3 + Math.ceil(length / 8) * 8);
						to.feed(...sent);
						while (to.messages.length === 0) to.pump();
						assert.deepEqual(to.messages, [message]);
						to.actions.length = 0;
					}
				}
			}
		});

		it("sends queued messages one by one, since the library knows no Bundles", () => {
			const { client, server } = pair();
			for (const message of ["a", "b", "c"]) client.connection.send(text(message));
			const sent = client.pump().take();
			assert.deepEqual(
				sent.map((record) => record[0]),
				[1, 1, 1],
			);
			assert.deepEqual(server.feed(...sent).texts, ["a", "b", "c"]);
		});

		it("throws a RangeError for messages that the library cannot take: empty or above 65,528 octets", () => {
			const { client } = pair();
			for (const length of [0, 65_529, 65_535, 65_536])
				assert.throws(() => client.connection.send(new Uint8Array(length)), RangeError);
		});

		it("sends KeepAlive and Disconnect as one octet in the clear; a Disconnect carries no reason", () => {
			const { client, server } = pair();
			const [keepAlive] = client.advance(5_000).take();
			assert.deepEqual(keepAlive, Uint8Array.of(0x05));
			server.feed(keepAlive!);
			client.connection.close("done", client.now);
			const [disconnect] = client.pump().take();
			assert.deepEqual(disconnect, Uint8Array.of(0x06));
			const { end } = server.feed(disconnect!);
			assert.equal(end?.reason, "done");
			assert.equal(end.by, "peer");
			assert.equal(end.disconnectCode, undefined);
		});

		it("ends as idle-too-long if the peer is silent", () => {
			const { client } = pair();
			client.writable = false;
			assert.equal(client.advance(30_000).end?.reason, "idle-too-long");
		});

		it("ignores an empty message, as the library does, but counts it as a sign of life", () => {
			const { client, server } = pair();
			client.now = server.now = 29_000;
			server.feed(Uint8Array.of(1, 0, 0));
			assert.deepEqual(server.messages, []);
			assert.equal(server.advance(20_000).end, undefined);
		});

		it("ends with a Disconnect on a length that would wrap, an unknown type, a Bundle or a handshake packet", () => {
			for (const [octets, reason] of [
				[[1, 0xff, 0xf9], "message-too-long"],
				[[1, 0xff, 0xff], "message-too-long"],
				[[7, 0, 8], "protocol-error"],
				[[9], "protocol-error"],
				[[2], "protocol-error"],
				[[4], "protocol-error"],
			] as const) {
				const { server } = pair();
				server.take();
				server.feed(Uint8Array.from(octets));
				assert.equal(server.end?.reason, reason);
				assert.equal(server.end.disconnectCode, undefined, "none was sent");
				assert.deepEqual(server.take(), [Uint8Array.of(6)]);
			}
		});

		it("delivers a message that the client sent during the handshake", () => {
			const [client, server] = [side("client"), side("server")];
			client.connection.send(text("early"));
			converse(client, server);
			assert.deepEqual(server.texts, ["early"]);
		});
	});

	describe("options", () => {
		const check = (options: CommonOptions) => {
			const platform = { crypto: nodeCrypto, random: new RandomSource(nodeCrypto), encodeText: text };
			const limits = { maxMessage: 0xffff, maxQueued: 8192, slice: 4096, suites: ["psk"] as const };
			return checkOptions(options, limits, platform, { role: "client", registry: new Registry(), keys: [newKey()] });
		};

		it("the profile warns once in a program", () => {
			const warned: string[] = [];
			const registry = new Registry();
			const platform = { warn: (line: string) => void warned.push(line) };
			claimKeys([newKey(1)], registry, original(), platform);
			claimKeys([newKey(2)], registry, original({ rounds: 64 }), platform);
			claimKeys([newKey(3)], registry, secureProfile, platform);
			assert.equal(warned.length, 1);
			assert.match(warned[0]!, /not authenticated/);
		});

		it("options of the secure profile, and a maxMessage above 65,528, throw a RangeError", () => {
			for (const options of [
				{ context: "c" },
				{ suites: ["psk" as const] },
				{ maxBundle: 100 },
				{ padTo: 16 },
				{ findKey: () => undefined },
				{ allowSelfConnection: true },
			])
				assert.throws(() => check({ ...options, profile: original() }), RangeError);
			assert.throws(() => check({ profile: original(), maxMessage: 65_529 }), RangeError);
			assert.equal(check({ profile: original() }).maxMessage, 65_528);
			assert.equal(check({ profile: original() }).maxBundle, 0);
		});

		it("rounds must be 1 to 128, and profile must be what original() returns", () => {
			for (const rounds of [0, 129, 1.5, Number.NaN]) assert.throws(() => original({ rounds }), RangeError);
			assert.throws(() => original({ rounds: "32" as never }), TypeError);
			assert.throws(() => original(null as never), TypeError);
			assert.throws(() => original(8 as never), TypeError);
			assert.throws(() => check({ profile: null as never }), TypeError);
			assert.throws(() => check({ profile: original as never }), TypeError);
			assert.throws(() => check({ profile: "original" as never }), TypeError);
		});

		it("the profile takes a single key, which the secure profile then refuses", () => {
			const registry = new Registry();
			const platform = { warn() {} };
			claimKeys([newKey()], registry, original(), platform);
			assert.throws(() => chooseKeys([newKey(1), newKey(2)], registry, original()), RangeError);
			const claim = () => claimKeys([newKey()], registry, secureProfile, platform);
			assert.throws(claim, { code: "LST_KEY_IN_OTHER_PROFILE" });
		});
	});
});
