import assert from "node:assert/strict";
import { toHex } from "../../src/core/octets.js";
import { decodeRotation, encodeOffer } from "../../src/core/rotation.js";
import { Key, LightweightSecureClient } from "../../src/node/index.js";
import { failure, next } from "../helpers/loopback.js";
import { xsDevices } from "../helpers/xs-device.js";

describe("keys of a device that is a server, on XS", function () {
	this.timeout(20_000);
	const device = xsDevices();
	const [current, second, third] = [1, 2, 3].map(() => {
		const octets = Key.randomOctets();
		return { hex: toHex(octets), key: new Key(octets) };
	}) as [KeyInHex, KeyInHex, KeyInHex];
	type KeyInHex = { hex: string; key: Key };

	async function serve(more: object = {}) {
		const server = device({ role: "server", port: 0, key: current.hex, acceptNextKey: true, ...more });
		const [, port] = await server.told(/listening on port (\d+)/);
		const connect = ({ key }: KeyInHex) =>
			new LightweightSecureClient({ key, host: "127.0.0.1", port: Number(port), format: "string" }).connect();
		return {
			server,
			connect,
			/** Hands keys over in a session with `by`; returns what the device has answered. */
			async offer(by: KeyInHex, ...offered: string[]) {
				const session = await connect(by);
				const answers: (string | undefined)[] = [];
				for (const message of offered) {
					session.send(message);
					answers.push(decodeRotation(await next(session))?.type);
				}
				await session.close();
				return answers;
			},
			assertServes: async (one: KeyInHex) => assert.equal((await connect(one)).keyId, one.key.id),
			assertRefuses: async (one: KeyInHex) => assert.equal((await failure(connect(one))).reason, "closed-by-peer"),
		};
	}
	const handOver = ({ hex, key }: KeyInHex) => encodeOffer(hex, key.id);

	it("the key in NVS is used in place of the one that was compiled in", async () => {
		const { server, assertServes, assertRefuses } = await serve({ nvs: { "lst.key": second.hex } });
		await server.told(new RegExp(`key ${second.key.id} from NVS`));
		await assertServes(second);
		await assertRefuses(current);
	});

	it("the next key stays accepted while peers go on using the old one, which is refused once the next one was used", async () => {
		const { offer, assertServes, assertRefuses } = await serve();
		assert.deepEqual(await offer(current, handOver(second)), ["stored"]);
		await assertServes(current);
		await assertServes(second);
		await assertRefuses(current);
	});

	it("a next key that another one has replaced is refused", async () => {
		const { offer, assertServes, assertRefuses } = await serve();
		assert.deepEqual(await offer(current, handOver(second), handOver(third)), ["stored", "stored"]);
		await assertRefuses(second);
		await assertServes(third);
	});

	it("a next key with another key's id, or none, is refused and not used", async () => {
		const { offer, assertServes, assertRefuses } = await serve();
		const wrong = [encodeOffer(second.hex, current.key.id), encodeOffer(second.hex, "")];
		assert.deepEqual(await offer(current, ...wrong), ["refused", "refused"]);
		await assertRefuses(second);
		await assertServes(current);
	});

	it("a damaged next key in NVS does not keep the current one from being used, nor another from replacing it", async () => {
		const { offer, assertServes } = await serve({ nvs: { "lst.next-key": "abcd" } });
		await assertServes(current);
		assert.deepEqual(await offer(current, handOver(second)), ["stored"]);
		await assertServes(second);
	});
});
