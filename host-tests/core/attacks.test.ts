import assert from "node:assert/strict";
import { PacketType, suites } from "../../src/core/codec.js";
import { text } from "../helpers/crypto.js";
import { assertEnded, rogueSession } from "../helpers/ends.js";
import { sessionPair } from "../helpers/pair.js";

for (const suite of Object.values(suites))
	describe(`attacks on records, suite ${suite.name}`, () => {
		const options = { maxBundle: 0, suites: [suite] };

		/** Three records that the client has sent, and the server, which has not received them yet. */
		function recorded() {
			const { client, server } = sessionPair(options, options);
			for (const word of ["one", "two", "three"]) client.connection.send(text(word));
			const records = client.pump().take();
			client.writable = false;
			return { server, records, client };
		}

		it("a bit flip in any octet of a record ends the connection; that record and later ones are not delivered", () => {
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

		it("a bit flip in a KeepAlive or Disconnect, in any octet after the type, ends the session silently", () => {
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
			["replayed at once", [0, 0]],
			["replayed after a later record", [0, 1, 0]],
			["reordered", [1, 0]],
			["dropped", [0, 2]],
		] as const)
			it(`the session ends silently when a record is ${what}`, () => {
				const { server, records } = recorded();
				server.actions.length = 0;
				server.take();
				server.feed(...order.map((i) => records[i]!.slice()));
				const before = order.findIndex((record, place) => record !== place);
				assert.deepEqual(server.texts, ["one", "two"].slice(0, before));
				assertEnded(server, "authentication-failed", "self", false);
			});

		it("a record that is reflected to its sender ends the session silently", () => {
			const { client, records } = recorded();
			client.actions.length = 0;
			client.feed(records[0]!.slice());
			assert.deepEqual(client.messages, []);
			assertEnded(client, "authentication-failed", "self", false);
		});

		it("records of another session with the same key end the session silently", () => {
			const [{ server }, { records }] = [recorded(), recorded()];
			server.actions.length = 0;
			server.take();
			server.feed(...records);
			assert.deepEqual(server.messages, []);
			assertEnded(server, "authentication-failed", "self", false);
		});

		it("the plaintext of a record with a wrong tag is wiped from the receive buffer", () => {
			const { server, records } = recorded();
			const record = records[0]!;
			record[5]! ^= 1;
			server.connection.receive(record);
			server.pump();
			assert.deepEqual(record.subarray(19), new Uint8Array(3));
		});
	});
