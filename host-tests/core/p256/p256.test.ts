import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { newRecord, PacketType, suites } from "../../../src/core/codec.js";
import type { KeyPair } from "../../../src/core/crypto.js";
import { Challenger, Responder } from "../../../src/core/handshake.js";
import { copy, join } from "../../../src/core/octets.js";
import { drawScalar, P256 } from "../../../src/core/p256/p256.js";
import { RandomSource } from "../../../src/core/random.js";
import { deriveRecords } from "../../../src/core/records.js";
import { SecureExchange, secureProfile } from "../../../src/core/secure.js";
import { nodeCrypto } from "../../../src/node/crypto.js";
import { explain } from "../../../src/node/lst/inspect/explain.js";
import { newKeyPair } from "../../../src/node/p256.js";
import { p256Checks } from "../../../src/selftest/p256.js";
import { scripted } from "../../../src/selftest/vectors.js";
import { hex } from "../../helpers/crypto.js";
import { converse, newKey, Side } from "../../helpers/pair.js";
import { Rogue } from "../../helpers/rogue.js";
import { ecdhTests } from "../../helpers/vectors.js";

const suite = suites["psk-p256"];
const N = `ffffffff00000000${"ff".repeat(8)}bce6faada7179e84f3b9cac2fc632551`;
const random = new RandomSource(nodeCrypto);

describe("P-256", () => {
	for (const { name, run } of p256Checks(newKeyPair, ecdhTests)) it(name, run);

	it("drawScalar draws again until the scalar is 1 … n − 1", () => {
		const most = `${N.slice(0, -1)}0`;
		for (const [draws, expected] of [
			[[N, "00".repeat(32), "ff".repeat(32), most], most],
			[[`01${"00".repeat(31)}`], `01${"00".repeat(31)}`],
		] as const)
			assert.deepEqual(drawScalar(new RandomSource(scripted(nodeCrypto, draws.map(hex)))), hex(expected));
	});

	it("drawScalar throws random-source if the random source repeats itself", () => {
		for (const octet of [0, 0xff]) {
			const stuck = new RandomSource({ ...nodeCrypto, random: (octets) => void octets.fill(octet) });
			assert.throws(() => drawScalar(stuck), { reason: "random-source" });
		}
	});

	it("a scalar is wiped, whether its key pair is made or fails to be made", () => {
		const drawn: Uint8Array[] = [];
		const fails = new P256((scalar) => {
			drawn.push(scalar);
			throw new Error("no memory");
		}, random);
		assert.throws(() => fails.take(), /no memory/);
		new P256((scalar) => {
			drawn.push(scalar);
			return newKeyPair(scalar);
		}, random).take();
		assert.deepEqual(drawn, [new Uint8Array(32), new Uint8Array(32)]);
	});

	it("each side of each handshake has a fresh key pair, which is wiped, also if the handshake fails", () => {
		const shares = new Set<string>();
		let wiped = 0;
		const counted = (scalar: Uint8Array): KeyPair => {
			const pair = newKeyPair(scalar);
			shares.add(String(pair.share));
			return { share: pair.share, agree: (share) => pair.agree(share), wipe: () => void wiped++ };
		};
		const options = { suites: [suite], agreement: new P256(counted, random) };
		for (let i = 0; i < 3; i++) converse(new Side("client", options), new Side("server", options));
		assert.equal(shares.size, 6);
		assert.equal(wiped, 6);
		const client = new Side("client", options).pump();
		client.connection.abort();
		assert.equal(wiped, 7, "also after an abort");
		const server = new Side("server", options).pump();
		server.feed(new Rogue(newKey(), suite).request()).connection.inputEnd(0);
		assert.equal(wiped, 7);
		assert.equal(server.pump().failure?.reason, "closed-by-peer");
		assert.equal(wiped, 8, "also on a server");
	});
});

describe("suite psk-p256", () => {
	const side = (role: "client" | "server", listed = [suite]) => new Side(role, { suites: listed });
	const sends = (share: Uint8Array) => new Rogue(newKey(), suite, () => ({ share, agree: () => share, wipe() {} }));
	const wrong = {
		"a point that is not on the curve": new Uint8Array(64).fill(1),
		"a coordinate that is not below p": new Uint8Array(64).fill(0xff),
		infinity: new Uint8Array(64),
	};

	for (const [what, share] of Object.entries(wrong)) {
		it(`a server refuses ${what} as malformed-packet and sends no response`, () => {
			const server = side("server").pump().feed(sends(share).request());
			assert.equal(server.failure?.reason, "malformed-packet");
			assert.deepEqual(server.take(), []);
		});

		it(`a client refuses ${what} as malformed-packet and sends no HandshakeSuccess`, () => {
			const client = side("client").pump();
			client.feed(sends(share).response(client.take()[0]!));
			assert.equal(client.failure?.reason, "malformed-packet");
			assert.deepEqual(client.take(), []);
		});
	}

	it("a client refuses its own public key when it is sent back", () => {
		const pair = newKeyPair(new Uint8Array(32).fill(3));
		const agreement = new P256(() => pair, random);
		const client = new Side("client", { suites: [suite], agreement }).pump();
		client.feed(sends(pair.share).response(client.take()[0]!));
		assert.equal(client.failure?.reason, "malformed-packet");
		assert.match(client.failure!.message, /the one that was sent to it/);
		assert.deepEqual(client.take(), []);
	});

	it("lst inspect reports a public key that is sent back", () => {
		const pair = newKeyPair(new Uint8Array(32).fill(3));
		const agreement = new P256(() => pair, random);
		const request = new Side("client", { suites: [suite], agreement }).pump().take()[0]!;
		const response = sends(pair.share).response(request);
		const pieces = [request, response].map((octets) => ({ fromClient: octets === request, octets }));
		const { lines, right } = explain(pieces, secureProfile, newKey(), new Uint8Array(0));
		assert.match(lines[1]!, /✘ .*the one that was sent to it/);
		assert.equal(right, false);
	});

	it("an observer who knows the key, all packets and the session key, but no scalar, opens no record", () => {
		let dh = new Uint8Array(0);
		const watched = new P256((scalar) => {
			const pair = newKeyPair(scalar);
			const agree = (share: Uint8Array) => {
				dh = new Uint8Array(pair.agree(share));
				return copy(dh);
			};
			return { share: pair.share, agree, wipe: () => pair.wipe() };
		}, random);
		const key = newKey();
		const options = { crypto: nodeCrypto, random, agreement: watched, keys: [key], suites: [suite] };
		const exchange = () => new SecureExchange({ ...options, context: new Uint8Array(0) });
		const [client, server] = [new Challenger(exchange(), random), new Responder(exchange(), random)];
		const request = client.begin();
		const response = server.read(copy(request))!;
		const success = client.read(copy(response));
		const looker = exchange();
		const packets = [request, response, success];
		const [, , opened] = packets.map((packet) => looker.open(packet[0] as PacketType, copy(packet)));
		const sessionKey = opened!.subarray(4);
		const record = newRecord(PacketType.KeepAlive, 0);
		client.finish("client").write.seal(record, 1);
		const opens = (guess: Uint8Array) => {
			const master = new Uint8Array(32);
			key.layMaster(master, 0);
			const transcript = createHash("sha256")
				.update(join(...packets))
				.digest();
			const { read } = deriveRecords(nodeCrypto, "server", transcript, join(sessionKey, master, guess));
			return read.open(copy(record), 1);
		};
		assert.equal(dh.length, 32);
		assert.ok(opens(dh), "with the shared secret");
		for (const guess of [new Uint8Array(0), new Uint8Array(32), dh.map((octet, i) => (i ? octet : octet ^ 1))])
			assert.equal(opens(guess), false);
	});

	for (const [role, asks, accepts] of [
		["a server that lists psk", suite, suites.psk],
		["a server that lists psk-p256", suites.psk, suite],
	] as const)
		it(`${role} alone refuses another suite at the request's second octet, and the client does not fall back`, () => {
			const [client, server] = [side("client", [asks]), side("server", [accepts])];
			server.feed(client.pump().take()[0]!.subarray(0, 2));
			assert.equal(server.failure?.reason, "unsupported-suite");
			client.connection.inputEnd(0);
			assert.equal(client.pump().failure?.reason, "closed-by-peer");
			assert.deepEqual(client.take(), []);
		});

	it("a server that lists both suites accepts either, and both sides tell which it is", () => {
		for (const asked of [suite, suites.psk]) {
			const server = side("server", [suite, suites.psk]);
			const client = side("client", [asked, suite, suites.psk]);
			converse(client, server);
			assert.equal(server.connection.suite, asked);
			assert.equal(client.connection.suite, asked);
		}
	});

	it("a request whose suite was changed in transit does not open", () => {
		for (const [asked, other] of [
			[suite, suites.psk],
			[suites.psk, suite],
		] as const) {
			const server = side("server", [suite, suites.psk]).pump();
			const [request] = side("client", [asked]).pump().take();
			const changed = new Uint8Array(123);
			changed.set(request!);
			changed[1] = other.code;
			server.feed(changed.subarray(0, 59 + other.share));
			assert.equal(server.failure?.reason, "authentication-failed");
		}
	});

	describe("with room for one multiplication in a turn of the event loop", () => {
		/** A simulated event loop: callbacks that are due in later turns, in order. */
		function turns() {
			const due: { at: number; callback: () => void }[] = [];
			let now = 0;
			let made = 0;
			const agreement = new P256(
				(scalar) => {
					made++;
					return newKeyPair(scalar);
				},
				random,
				(callback, delay) => void due.push({ at: now + delay, callback }),
			);
			return {
				agreement,
				get made() {
					return made;
				},
				/** Runs the next turn, `later` milliseconds later. */
				turn(later = 0) {
					now += later;
					const ready = due.filter(({ at }) => at <= now);
					due.splice(0, due.length, ...due.filter(({ at }) => at > now));
					for (const { callback } of ready) callback();
				},
			};
		}

		it("prepare makes one key pair in the next turn, and take has the next made 2,000 ms later", () => {
			const loop = turns();
			loop.agreement.prepare();
			loop.agreement.prepare();
			assert.equal(loop.made, 0);
			loop.turn();
			assert.equal(loop.made, 1);
			loop.agreement.take();
			assert.equal(loop.made, 1, "it was ready");
			loop.turn(1_999);
			assert.equal(loop.made, 1);
			loop.turn(1);
			assert.equal(loop.made, 2);
		});

		it("prepare waits for a turn without another multiplication; if it fails, take makes the key pair", () => {
			const loop = turns();
			const { agreement } = loop;
			agreement.prepare();
			agreement.agree(newKeyPair(new Uint8Array(32).fill(1)), newKeyPair(new Uint8Array(32).fill(2)).share);
			assert.equal(agreement.ready, false);
			loop.turn();
			loop.turn();
			assert.equal(loop.made, 1);
			let broken = true;
			const due: (() => void)[] = [];
			const failing = new P256(
				(scalar) => {
					if (broken) throw new Error("no memory");
					return newKeyPair(scalar);
				},
				random,
				(callback) => void due.push(callback),
			);
			failing.prepare();
			for (const callback of due.splice(0)) callback();
			broken = false;
			assert.equal(failing.take().share.length, 64);
		});

		it("handshakes succeed even if no timer can be set", () => {
			const agreement = new P256(newKeyPair, random, () => {
				throw new Error("add failed");
			});
			agreement.prepare();
			const options = { suites: [suite], agreement };
			const [client, server] = [new Side("client", options), new Side("server", options)];
			converse(client, server);
			assert.ok(client.established && server.established);
		});

		it("a handshake of suite psk waits for no turn", () => {
			const loop = turns();
			const both = { suites: [suites.psk, suite], agreement: loop.agreement };
			loop.agreement.take();
			const [client, server] = [new Side("client", both), new Side("server", both)];
			converse(client, server);
			assert.ok(client.established && server.established && !loop.agreement.ready);
		});

		it("a peer that closes while its packet waits for a turn fails the handshake as closed-by-peer", () => {
			const loop = turns();
			const server = new Side("server", { suites: [suite], agreement: loop.agreement }).pump();
			loop.agreement.take();
			server.feed(new Rogue(newKey(), suite).request());
			server.connection.inputEnd(0);
			assert.equal(server.pump().failure, undefined);
			loop.turn();
			assert.equal(server.pump().failure?.reason, "closed-by-peer");
		});

		it("two clients and their servers share the turns, and both sessions are established", () => {
			const loop = turns();
			const options = { suites: [suite], agreement: loop.agreement };
			const all = [0, 1].map(() => ({ client: new Side("client", options), server: new Side("server", options) }));
			const sides = all.flatMap(({ client, server }) => [client, server]);
			let rounds = 0;
			while (!sides.every(({ established }) => established)) {
				assert.ok(++rounds < 40);
				const before = loop.made;
				for (const { client, server } of all) {
					converse(client, server);
					for (const one of [client, server])
						if (!one.established && !one.connection.closed && one.connection.holding)
							assert.equal(one.connection.deadline, Number.NEGATIVE_INFINITY, "it asks for another turn");
				}
				assert.ok(loop.made - before <= 1, "at most one key pair in a turn");
				loop.turn();
			}
			assert.ok(rounds >= 8, "four key pairs and four secrets");
		});

		it("a handshake that waits for a turn times out at its deadline, and a server reads nothing meanwhile", () => {
			const loop = turns();
			const options = { suites: [suite], agreement: loop.agreement };
			const client = new Side("client", options);
			loop.agreement.take();
			client.pump();
			assert.deepEqual(client.take(), []);
			assert.equal(client.advance(9_999).failure, undefined);
			assert.equal(client.advance(1).failure?.reason, "timeout");
			const server = new Side("server", options).pump();
			server.feed(new Rogue(newKey(), suite).request());
			assert.ok(server.connection.holding);
			assert.equal(server.advance(10_000).failure?.reason, "timeout");
			assert.ok(!server.connection.holding);
		});
	});
});
