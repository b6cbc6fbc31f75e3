import assert from "node:assert/strict";
import fc from "fast-check";
import { PacketType, suites } from "../../src/core/codec.js";
import { type Carrier, Stream } from "../../src/core/delivery/stream.js";
import { join } from "../../src/core/octets.js";
import { original } from "../../src/core/original/original.js";
import { P256 } from "../../src/core/p256/p256.js";
import { PacketRefused, Parser } from "../../src/core/parser.js";
import { decodeRotation } from "../../src/core/rotation.js";
import { secureProfile } from "../../src/core/secure.js";
import { explain } from "../../src/node/lst/inspect/explain.js";
import { newKeyPair } from "../../src/node/p256.js";
import { rogueSession } from "../helpers/ends.js";
import { converse, newKey, Side, type SideOptions, sessionPair } from "../helpers/pair.js";
import { Rogue } from "../helpers/rogue.js";
import { secureCases } from "../helpers/vectors.js";
import { cut, mutate, mutation, pieces } from "./mutations.js";

/** Seconds for each target; more by `npm run fuzz -- SECONDS`. A failure prints the seed that reproduces it. */
const SECONDS = Number(process.env.LST_FUZZ_SECONDS ?? 5);
const long = {
	numRuns: Number.MAX_SAFE_INTEGER,
	interruptAfterTimeLimit: SECONDS * 1000,
	markInterruptAsFailure: false,
};

const mutations = fc.array(mutation, { minLength: 1, maxLength: 4 });
const octets = fc.uint8Array({ maxLength: 300 });
/** The packets of the known answers, which a fuzzer without coverage feedback would not find by itself. */
const corpus = secureCases
	.flatMap(({ request, response, success, records }) => [
		request,
		response,
		success,
		...records.slice(0, 6).map(({ wire }) => wire),
	])
	.map((wire) => new Uint8Array(Buffer.from(wire, "hex")));
const anyPackets = fc.oneof(
	fc.array(octets, { minLength: 1, maxLength: 4 }),
	fc.tuple(fc.subarray(corpus, { minLength: 1 }), mutations).map(([packets, changes]) => mutate(packets, changes)),
);

const originalOptions: SideOptions = { profile: original({ rounds: 1 }), suites: [], maxMessage: 65_528, maxBundle: 0 };

/** What both sides of a connection have written: the handshake, and a message each. */
function recorded(options: SideOptions = {}) {
	const [client, server] = [new Side("client", options), new Side("server", options)];
	const sent = { client: [] as Uint8Array[], server: [] as Uint8Array[] };
	client.connection.send(Buffer.from("from the client"));
	let answered = false;
	for (let quiet = 0; quiet < 2; ) {
		const [up, down] = [client.pump().take(), server.pump().take()];
		sent.client.push(...up);
		sent.server.push(...down);
		if (up.length) server.feed(...up);
		if (down.length) client.feed(...down);
		if (server.established && !answered) {
			answered = true;
			server.connection.send(Buffer.from("from the server"));
		}
		quiet = up.length + down.length ? 0 : quiet + 1;
	}
	return sent;
}

/** Asserts what holds for every connection, whatever it has received. */
function assertSane(side: Side): void {
	const { connection, actions } = side;
	const over = actions.filter(({ type }) => type === "failed" || type === "ended");
	assert.ok(over.length <= 1, "it ends once");
	if (over.length) {
		assert.ok(connection.closed);
		assert.equal(actions.at(-1), over[0], "nothing follows the end");
		assert.equal(actions.filter(({ type }) => type === "close").length, 1);
		assert.ok(!(side.end?.by === "self" && side.end.reason === "internal-error"), "an internal error");
		assert.notEqual(side.failure?.reason, "internal-error");
	}
	if (side.failure) assert.equal(side.messages.length, 0);
	assert.equal(connection.next(side.now), undefined, "nothing is left to do");
}

describe(`fuzzing, ${SECONDS} s each`, function () {
	this.timeout((SECONDS + 20) * 1000);

	it("parser: any octets in any pieces are parsed, kept as incomplete or refused, and at most 128 are kept", () => {
		fc.assert(
			fc.property(anyPackets, pieces, fc.boolean(), (packets, lengths, secure) => {
				const profile = secure ? secureProfile : original();
				const parser = new Parser({ maxMessage: 100, suites: Object.values(suites), profile });
				try {
					for (const piece of cut(packets, lengths)) {
						parser.push(piece);
						for (let packet: Uint8Array | undefined; (packet = parser.next()); )
							assert.ok(packet.length <= 100 + 19 + 8);
						assert.ok(parser.pending <= 128, "at most a packet waits");
					}
				} catch (error) {
					assert.ok(error instanceof PacketRefused, String(error));
				}
			}),
			long,
		);
	});

	for (const role of ["server", "client"] as const)
		for (const [profile, options] of [
			["psk", {}],
			["psk-p256", { suites: [suites["psk-p256"]] }],
			["original", originalOptions],
		] as const)
			it(`${role}, ${profile}: a mutated recording of its peer is handled and ends the connection`, () => {
				const { client, server } = recorded(options);
				const peer = role === "server" ? client : server;
				fc.assert(
					fc.property(
						fc.oneof(
							mutations.map((changes) => mutate(peer, changes)),
							anyPackets,
						),
						pieces,
						(packets, lengths) => {
							const side = new Side(role, options).pump();
							for (const piece of cut(packets, lengths)) side.feed(piece);
							side.advance(10_000).advance(30_000);
							assertSane(side);
							assert.ok(side.connection.closed, "nothing keeps it open");
							// Each side's fresh values are in what it answers: a recording never opens a `secure` session.
							if (profile !== "original") assert.ok(!side.established && !side.messages.length);
						},
					),
					long,
				);
			});

	it("session, secure: mutated records deliver a prefix of what was sent, and nothing else", () => {
		fc.assert(
			fc.property(fc.array(octets, { minLength: 1, maxLength: 5 }), mutations, pieces, (messages, changes, lengths) => {
				const { client, server } = sessionPair();
				const sent: Uint8Array[] = [];
				for (const message of messages) {
					client.connection.send(message);
					sent.push(...client.pump().take());
				}
				for (const piece of cut(mutate(sent, changes), lengths)) server.feed(piece);
				assertSane(server);
				const whole = join(...messages);
				assert.deepEqual(server.messages, messages.slice(0, server.messages.length));
				assert.ok(join(...server.messages).length <= whole.length);
			}),
			long,
		);
	});

	it("session, secure: any content that is sealed by a peer with the key is handled", () => {
		const record = fc.record({ type: fc.constantFrom(...Object.values(PacketType)), plain: octets });
		fc.assert(
			fc.property(fc.array(record, { minLength: 1, maxLength: 4 }), (records) => {
				const { server, rogue } = rogueSession({ maxMessage: 256 });
				for (const { type, plain } of records) {
					if (server.connection.closed) break;
					const size = { [PacketType.KeepAlive]: 0, [PacketType.Disconnect]: 1 }[type as number];
					server.feed(
						rogue.record(type, size === undefined ? plain : join(plain, new Uint8Array(1)).subarray(0, size)),
					);
				}
				assertSane(server);
				for (const message of server.messages) assert.ok(message.length <= 256);
			}),
			long,
		);
	});

	it("server, psk-p256: any public key is answered if it is a valid point, and is else malformed", () => {
		const suite = suites["psk-p256"];
		const { share } = newKeyPair(new Uint8Array(32).fill(5));
		const shares = fc.oneof(
			fc.uint8Array({ minLength: 64, maxLength: 64 }),
			mutations.map((changes) => join(...mutate([share], changes), new Uint8Array(64)).subarray(0, 64)),
		);
		fc.assert(
			fc.property(shares, (share) => {
				const server = new Side("server", { suites: [suite] }).pump();
				server.feed(new Rogue(newKey(), suite, () => ({ share, agree: () => share, wipe() {} })).request());
				const answered = server.take().length === 1;
				assert.equal(answered, P256.prototype.isShare(share));
				if (!answered) assert.equal(server.failure?.reason, "malformed-packet");
				assertSane(server);
			}),
			long,
		);
	});

	it("session, original: any octets behind the handshake are handled and end the connection", () => {
		fc.assert(
			fc.property(anyPackets, pieces, (packets, lengths) => {
				const [client, server] = [new Side("client", originalOptions), new Side("server", originalOptions)];
				converse(client, server);
				for (const piece of cut(packets, lengths)) server.feed(piece);
				server.advance(60_000);
				assertSane(server);
				assert.ok(server.connection.closed);
			}),
			long,
		);
	});

	it("acknowledged delivery: any frames are handled, no message is handed out twice or out of order, and answers are bounded", () => {
		const number = fc.oneof(fc.nat(3), fc.maxSafeNat());
		const u48 = number.map((n) =>
			Buffer.from(
				BigInt(n % 2 ** 48)
					.toString(16)
					.padStart(12, "0"),
				"hex",
			),
		);
		const id = new Uint8Array(16).fill(1);
		const epoch = fc.constantFrom(new Uint8Array(8), new Uint8Array(8).fill(1), new Uint8Array(8).fill(2));
		const frame = fc.oneof(
			octets,
			u48.map((n) => join(Uint8Array.of(3), n)),
			fc.tuple(u48, octets).map(([n, message]) => join(Uint8Array.of(2), n, message)),
			fc
				.tuple(epoch, epoch, u48, u48)
				.map(([own, peer, first, next]) => join(Uint8Array.of(1, 1), id, own, peer, first, next)),
		);
		fc.assert(
			fc.property(fc.array(frame, { maxLength: 12 }), fc.boolean(), (frames, begins) => {
				let dropped = false;
				let sent = 0;
				const carrier: Carrier = {
					room: 1000,
					send: () => void sent++,
					flushSoon() {},
					drop: () => {
						dropped = true;
					},
				};
				const newEpoch = () => new Uint8Array(8).fill(2);
				const stream = new Stream({ id, newEpoch, maxUndelivered: 1000, longest: 500, onNewEpoch() {} });
				void stream.deliver(Buffer.from("mine"));
				if (begins) stream.attach(carrier);
				else if (frames.length) stream.accept(carrier, frames.shift()!);
				let taken = 0;
				/** The number of the last message that was handed out since the peer's last hello. */
				let last = -1;
				for (const one of frames) {
					if (dropped) break;
					if (one[0] === 1) last = -1;
					if (stream.receive(one)) {
						const number = Buffer.from(one).readUIntBE(1, 6);
						assert.ok(number > last, "neither twice nor out of order");
						last = number;
						stream.taken();
						taken++;
					}
					stream.flush();
				}
				assert.ok(taken <= frames.length && sent <= frames.length * 2 + 3);
			}),
			long,
		);
	});

	it("lst inspect and messages of rotation: any octets are decoded without an exception", () => {
		fc.assert(
			fc.property(
				anyPackets,
				fc.infiniteStream(fc.boolean()),
				fc.string(),
				fc.boolean(),
				(packets, sides, text, secure) => {
					const captured = packets.map((packet) => ({ fromClient: sides.next().value, octets: packet }));
					const { lines } = explain(captured, secure ? secureProfile : original(), newKey(), new Uint8Array(0));
					assert.ok(lines.length > 0);
					decodeRotation(`\0lst ${text}`);
				},
			),
			long,
		);
	});
});
