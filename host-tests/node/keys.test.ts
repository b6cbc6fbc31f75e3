import assert from "node:assert/strict";
import { original } from "../../src/core/original/original.js";
import { Key } from "../../src/node/index.js";
import { client, closeAll, failure, key, serve } from "../helpers/loopback.js";

const fresh = () => new Key(Key.randomOctets());

describe("keys of a server", () => {
	afterEach(closeAll);

	it("addKey admits a new key; retireKey has the old one refused, and its sessions continue", async () => {
		const failures: string[] = [];
		const { server, port } = await serve({ onHandshakeFailed: ({ reason }) => failures.push(reason) });
		const next = fresh();
		const old = await client(port).connect();
		assert.equal((await failure(client(port, { key: next }).connect())).reason, "closed-by-peer");
		server.addKey(next);
		assert.deepEqual(server.keyIds, [key.id, next.id]);
		const moved = await client(port, { key: next }).connect();
		assert.equal(moved.keyId, next.id);
		assert.ok(server.retireKey(key.id));
		assert.ok(!server.retireKey(key.id), "it is already retired");
		assert.equal((await failure(client(port).connect())).reason, "closed-by-peer");
		assert.deepEqual(failures, ["unknown-key-id", "unknown-key-id"]);
		assert.ok(old.active);
		assert.throws(() => server.addKey(next), { code: "LST_KEY_ID_TWICE" });
		assert.throws(() => server.addKey("key" as never), TypeError);
	});

	it("retireKey fails a handshake that has already named the key", async () => {
		const failures: string[] = [];
		const { server, port } = await serve({
			onHandshakeStep({ packet }) {
				if (packet === "HandshakeResponse") assert.ok(server.retireKey(key.id));
			},
			onHandshakeFailed: ({ reason }) => failures.push(reason),
		});
		assert.equal((await failure(client(port).connect())).reason, "closed-by-peer");
		assert.deepEqual(failures, ["aborted"]);
		assert.equal(server.sessions.size, 0);
	});

	it("retireKey does not affect a handshake that has not named a key yet", async () => {
		const failures: string[] = [];
		const next = fresh();
		const { server, port } = await serve({
			key: undefined,
			keys: [key, next],
			onHandshakeStarted: () => assert.ok(server.retireKey(key.id)),
			onHandshakeFailed: ({ reason }) => failures.push(reason),
		});
		assert.equal((await client(port, { key: next }).connect()).keyId, next.id);
		assert.deepEqual(failures, []);
	});

	it("retireKey within findKey does not affect the handshake whose key is looked up", async () => {
		const next = fresh();
		const { server, port } = await serve({
			findKey(keyId) {
				assert.ok(server.retireKey(key.id));
				return keyId === next.id ? next : undefined;
			},
		});
		assert.equal((await client(port, { key: next }).connect()).keyId, next.id);
	});

	it("findKey looks up keys among 10,000 by key id, and is called once for each handshake", async () => {
		const octets = Array.from({ length: 10_000 }, () => Key.randomOctets());
		const store = new Map(octets.map((one) => [new Key(one).id, one]));
		let asked = 0;
		const { server, port } = await serve({
			key: undefined,
			findKey(keyId) {
				asked++;
				const found = store.get(keyId);
				return found && new Key(found);
			},
		});
		assert.deepEqual(server.keyIds, []);
		for (const index of [0, 5_000, 9_999]) {
			const device = new Key(octets[index]!);
			const session = await client(port, { key: device }).connect();
			assert.equal(session.keyId, device.id);
			const [served] = [...server.sessions].slice(-1);
			assert.equal(served?.keyId, device.id);
		}
		assert.equal((await failure(client(port, { key: fresh() }).connect())).reason, "closed-by-peer");
		assert.equal(asked, 4);
	});

	it("a findKey that throws or returns a wrong value has the client refused, and the server serves on", async () => {
		const errors: unknown[] = [];
		const other = fresh();
		let answer: () => Key | undefined = () => {
			throw new Error("the store is away");
		};
		const { port } = await serve({
			keys: [key],
			key: undefined,
			findKey: () => answer(),
			onError: (error) => errors.push(error),
		});
		assert.equal((await failure(client(port, { key: fresh() }).connect())).reason, "closed-by-peer");
		assert.match(String(errors[0]), /the store is away/);
		answer = () => other;
		assert.equal((await failure(client(port, { key: fresh() }).connect())).reason, "closed-by-peer");
		answer = (async () => other) as never;
		await failure(client(port, { key: other }).connect());
		assert.match(String(errors.at(-1)), /`findKey` answers a Key or undefined, at once/);
		assert.ok((await client(port).connect()).active);
	});

	it("a key from findKey that was wiped is none: the client is refused, and no error is reported", async () => {
		const octets = Key.randomOctets();
		const wiped = new Key(octets);
		assert.ok(wiped.id);
		const errors: unknown[] = [];
		const { port } = await serve({ key: undefined, findKey: () => wiped, onError: (error) => void errors.push(error) });
		wiped.wipe();
		const refused = await failure(client(port, { key: new Key(octets) }).connect());
		assert.equal(refused.reason, "closed-by-peer");
		assert.deepEqual(errors, []);
	});

	it("a key from findKey that serves the other profile is refused", async () => {
		const octets = Key.randomOctets();
		await serve({ key: new Key(octets), profile: original() });
		const codes: unknown[] = [];
		const { port } = await serve({
			key: undefined,
			findKey: () => new Key(octets),
			onError: (error) => codes.push((error as { code: string }).code),
		});
		assert.equal((await failure(client(port, { key: fresh() }).connect())).reason, "closed-by-peer");
		assert.deepEqual(codes, ["LST_KEY_IN_OTHER_PROFILE"]);
	});

	it("a wiped key does not affect the others, and its sessions still tell its id", async () => {
		const octets = Key.randomOctets();
		const [first, second, third] = [new Key(octets), fresh(), fresh()];
		const { server, port } = await serve({ key: undefined, keys: [first, second] });
		const session = await client(port, { key: new Key(octets) }).connect();
		const [served] = server.sessions;
		first.wipe();
		assert.equal(served!.keyId, session.keyId);
		assert.match(JSON.stringify(served), new RegExp(session.keyId));
		assert.deepEqual(server.keyIds, [second.id]);
		server.addKey(new Key(octets));
		assert.ok((await client(port, { key: new Key(octets) }).connect()).active);
		server.addKey(third);
		assert.ok((await client(port, { key: third }).connect()).active);
		assert.ok(server.retireKey(second.id));
		assert.ok(server.retireKey(session.keyId));
		assert.deepEqual(server.keyIds, [third.id]);
	});

	it("a server whose options are refused leaves its key free for the other profile", async () => {
		const options = { key: fresh(), profile: original() };
		await assert.rejects(serve({ ...options, advertise: "no name" }), RangeError);
		await assert.rejects(serve({ ...options, host: 7 as never }), TypeError);
		await serve({ key: options.key });
	});

	it("findKey, addKey and retireKey throw a RangeError in the original profile", async () => {
		const options = { key: fresh(), profile: original() };
		await assert.rejects(serve({ ...options, findKey: () => undefined }), RangeError);
		const { server } = await serve(options);
		assert.throws(() => server.addKey(fresh()), RangeError);
		assert.throws(() => server.retireKey(options.key.id), RangeError);
		options.key.wipe();
		assert.throws(() => server.addKey(fresh()), RangeError);
		const other = fresh();
		assert.throws(() => client(1, { key: other, profile: original(), context: "x" }), RangeError);
		await serve({ key: other });
		await assert.rejects(serve({ findKey: "no" as never }), TypeError);
	});
});
