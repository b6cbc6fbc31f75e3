import assert from "node:assert/strict";
import { setTimeout as sleep } from "node:timers/promises";
import { toHex } from "../../src/core/octets.js";
import { encodeOffer } from "../../src/core/rotation.js";
import { browse, findServer, Key, LightweightSecureClient } from "../../src/node/index.js";
import { client, closeAll, key, serve } from "../helpers/loopback.js";
import { xsDevices } from "../helpers/xs-device.js";

/** Names that no other run on this machine or network uses. */
const fresh = () => `lst-test-${toHex(Key.randomOctets()).slice(0, 8)}`;

/** The ids that a server announces, which changes them to the `expected` ones within 10 s. */
async function announcedIds(name: string, expected?: readonly string[]): Promise<readonly string[] | undefined> {
	for (let i = 0; ; i++) {
		const ids = (await findServer(name, { timeout: 1_500 }))?.keyIds;
		if (!expected || i === 10 || ids?.join() === expected.join()) return ids;
		await sleep(1_000);
	}
}

describe("DNS-SD (skipped where the machine's network has no multicast)", function () {
	this.timeout(20_000);
	afterEach(closeAll);

	before(async function () {
		const name = fresh();
		const errors: unknown[] = [];
		await serve({ advertise: name, onError: (error) => errors.push(error) });
		const found = await findServer(name).catch((error) => void errors.push(error));
		await closeAll();
		if (!found) {
			console.log(`      no multicast here: ${errors[0] instanceof Error ? errors[0].message : "no answer"}`);
			this.skip();
		}
	});

	it("a server announces its name, port and key id until it stops", async () => {
		const name = fresh();
		const { server, port } = await serve({ advertise: name });
		const found = (await browse({ timeout: 2500 })).find((one) => one.name === name);
		assert.equal(found?.host, `${name}.local`);
		assert.equal(found.port, port);
		assert.deepEqual(found.keyIds, [key.id]);
		assert.equal((await findServer(`${name.toUpperCase()}.local`))?.port, port);
		await server.stop();
		assert.equal(await findServer(name, { timeout: 500 }), undefined);
	});

	it("a name that another server announces is reported to onError as LST_NAME_TAKEN, and the server serves under none", async () => {
		const name = fresh();
		const { port } = await serve({ advertise: name });
		assert.equal((await findServer(name))?.port, port);
		let second: ReturnType<typeof serve> | undefined;
		const error = await new Promise<unknown>((resolve) => {
			second = serve({ advertise: name, onError: resolve });
		});
		assert.equal((error as { code?: string }).code, "LST_NAME_TAKEN");
		assert.ok(await client((await second!).port).connect(), "it serves all the same");
	});

	it("an `advertise` that cannot be a host's name is refused at construction", async () => {
		for (const advertise of ["", "two.labels", "-x", "x".repeat(64), "über"])
			await assert.rejects(serve({ advertise }), RangeError);
		await assert.rejects(serve({ advertise: 7 as never }), TypeError);
	});

	it("a server announces the ids of all its keys, including keys that are added later", async () => {
		const name = fresh();
		const { server } = await serve({ advertise: name });
		assert.deepEqual(await announcedIds(name), [key.id]);
		const next = new Key(Key.randomOctets());
		server.addKey(next);
		assert.deepEqual(await announcedIds(name, [key.id, next.id]), [key.id, next.id]);
	});

	it("a server that is still checking whether its name is free stops within 500 ms", async () => {
		const { server } = await serve({ advertise: fresh() });
		const begin = performance.now();
		await server.stop();
		assert.ok(performance.now() - begin < 500);
	});

	it("browse ends on its signal, rejects with what onFound throws, and refuses invalid arguments", async () => {
		const controller = new AbortController();
		const searching = browse({ timeout: 60_000, signal: controller.signal });
		controller.abort();
		await searching;
		const name = fresh();
		await serve({ advertise: name });
		await findServer(name);
		const onFound = () => {
			throw new Error("the application's own");
		};
		await assert.rejects(browse({ onFound }), /the application's own/);
		await assert.rejects(browse(null as never), TypeError);
		await assert.rejects(browse({ timeout: Number.NaN }), RangeError);
		await assert.rejects(browse({ onFound: 1 as never }), TypeError);
		await assert.rejects(findServer(undefined as never), TypeError);
		await assert.rejects(findServer(name, null as never), { code: "LST_TYPE" });
	});

	describe("on XS", () => {
		const octets = Key.randomOctets();
		const device = xsDevices({ key: toHex(octets) });

		it("a device finds another by its name", async () => {
			const name = fresh();
			const server = device({ role: "server", port: 0, name });
			await server.told(new RegExp(`announced as ${name}.local`));
			const client = device({ role: "client", host: `${name}.local`, interval: 50 });
			await client.told(/received ok 2/);
		});

		it("a device announces all its keys: the next one too, and no longer the one that it replaced", async () => {
			const [name, nextOctets, lastOctets] = [fresh(), Key.randomOctets(), Key.randomOctets()];
			const [current, next, last] = [octets, nextOctets, lastOctets].map((each) => new Key(each));
			const server = device({
				role: "server",
				port: 0,
				name,
				acceptNextKey: true,
				nvs: { "lst.next-key": toHex(nextOctets) },
			});
			const [, port] = await server.told(/listening on port (\d+)/);
			await server.told(/announced as/);
			assert.deepEqual(await announcedIds(name), [current!.id, next!.id]);
			const client = new LightweightSecureClient({
				key: next!,
				host: "127.0.0.1",
				port: Number(port),
				format: "string",
			});
			const session = await client.connect();
			session.send(encodeOffer(toHex(lastOctets), last!.id));
			await server.told(/is forgotten[\s\S]*is stored/);
			assert.deepEqual(await announcedIds(name, [next!.id, last!.id]), [next!.id, last!.id]);
			await client.close();
		});

		it("a device finds a Node.js server that has the same key, and reports a name that nobody announces", async () => {
			const { port } = await serve({
				key: new Key(octets),
				host: "0.0.0.0",
				advertise: fresh(),
				onHandshakeSuccess(session) {
					session.onMessageReceived = (message) => session.send(`ok ${message.split(" ")[0]}`);
				},
			});
			const client = device({ role: "client", interval: 50 });
			await client.told(new RegExp(`connecting to [\\d.]+:${port}`));
			await client.told(/received ok 2/);
			const lost = device({ role: "client", host: `${fresh()}.local` });
			await lost.told(/does not announce itself on this network[\s\S]*trying again in \d+ ms/);
		});
	});
});
