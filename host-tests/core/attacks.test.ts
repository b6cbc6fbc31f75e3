import assert from "node:assert/strict";
import { PacketType, suites } from "../../src/core/codec.js";
import { text } from "../helpers/crypto.js";
import { assertEnded, rogueSession } from "../helpers/ends.js";
import { sessionPair } from "../helpers/pair.js";

for (const suite of Object.values(suites))
	describe(`attacks on records, suite ${suite.name}`, () => {
		const options = { maxBundle: 0, suites: [suite] };

		/** Three records of each kind as the client sent them, and the server that waits for them. */
		function recorded() {
			const { client, server } = sessionPair(options, options);
			for (const word of ["one", "two", "three"]) client.connection.send(text(word));
			const records = client.pump().take();
			client.writable = false;
			return { server, records, client };
		}

		it("any octet flipped: nothing of that record or behind it is delivered, and the connection ends", () => {
			const { records } = recorded();
			const [first] = records;
			for (let i = 0; i < first!.length; i++) {
				const { server, records: fresh } = recorded();
				const flipped = fresh[0]!.slice();
				flipped[i]! ^= 1 << (i & 7);
				server.feed(flipped, ...fresh.slice(1));
				if (!server.connection.closed) server.advance(30_000);
				assert.deepEqual(server.messages, [], `octet ${i}`);
				assert.ok(server.connection.closed, `octet ${i}`);
			}
		});

		it("KeepAlive and Disconnect with any octet flipped end it as well", () => {
			for (const type of [PacketType.KeepAlive, PacketType.Disconnect]) {
				const size = type === PacketType.KeepAlive ? 17 : 18;
				for (let i = 1; i < size; i++) {
					const { server, rogue } = rogueSession({ suites: [suite] });
					const record = rogue.record(type, new Uint8Array(size - 17));
					record[i]! ^= 0x80;
					server.feed(record);
					assertEnded(server, "authentication-failed", "self", false);
				}
			}
		});

		for (const [what, order] of [
			["replayed", [0, 0]],
			["replayed later", [0, 1, 0]],
			["reordered", [1, 0]],
			["dropped", [0, 2]],
		] as const)
			it(`a record ${what} ends it silently`, () => {
				const { server, records } = recorded();
				server.actions.length = 0;
				server.take();
				server.feed(...order.map((i) => records[i]!.slice()));
				const before = order.findIndex((record, place) => record !== place);
				assert.deepEqual(server.texts, ["one", "two"].slice(0, before));
				assertEnded(server, "authentication-failed", "self", false);
			});

		it("a record that is sent back to its sender ends it silently", () => {
			const { client, records } = recorded();
			client.actions.length = 0;
			client.feed(records[0]!.slice());
			assert.deepEqual(client.messages, []);
			assertEnded(client, "authentication-failed", "self", false);
		});

		it("records of another session with the same key end it silently", () => {
			const [{ server }, { records }] = [recorded(), recorded()];
			server.actions.length = 0;
			server.take();
			server.feed(...records);
			assert.deepEqual(server.messages, []);
			assertEnded(server, "authentication-failed", "self", false);
		});

		it("what was not verified is wiped from the buffer that it came in", () => {
			const { server, records } = recorded();
			const record = records[0]!;
			record[5]! ^= 1;
			server.connection.receive(record);
			server.pump();
			assert.deepEqual(record.subarray(19), new Uint8Array(3));
		});
	});
