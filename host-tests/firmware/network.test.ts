import assert from "node:assert/strict";
import { once } from "node:events";
import * as net from "node:net";
import { setTimeout as sleep } from "node:timers/promises";
import { toHex } from "../../src/core/octets.js";
import { Key, LightweightSecureServer } from "../../src/node/index.js";
import { until } from "../helpers/loopback.js";
import { xsDevices } from "../helpers/xs-device.js";

describe("a device's network, on XS", function () {
	this.timeout(20_000);
	const octets = Key.randomOctets();
	const device = xsDevices({ key: toHex(octets) });

	it("a server whose port is in use tries again until it is free", async () => {
		const busy = net.createServer().listen(0);
		await once(busy, "listening");
		const { port } = busy.address() as net.AddressInfo;
		const server = device({ role: "server", port });
		await server.told(/failed: cannot listen on port[^\n]*\n.*trying again in \d+ ms/);
		busy.close();
		await server.told(new RegExp(`listening on port ${port}`));
	});

	it("a client looks its server's host name up, and tries again if there is none", async () => {
		const server = new LightweightSecureServer({ key: new Key(octets), host: "127.0.0.1" });
		const { port } = await server.start();
		await device({ role: "client", host: "localhost", port }).told(/in session/);
		await server.close();
		const lost = device({ role: "client", host: "no.such.invalid", port });
		await lost.told(/could not be reached[\s\S]*trying again/);
	});

	it("a network that comes back by itself is not joined again, and one that is lost after that is", async () => {
		const [CONNECTED, DISCONNECTED, ADDRESSED] = [300, 100, 500];
		let asked = 0;
		const server = device(
			{ role: "server", port: 0, networkName: "home", networkPassword: "right" },
			{
				modules: { "lightweight-secure-tcp/firmware/wifi": "src/firmware/wifi" },
				onWiFi(options) {
					asked++;
					assert.deepEqual(options, { SSID: "home", password: "right", secure: true });
					return true;
				},
			},
		);
		const { firmware } = server;
		await until(() => asked === 1);
		firmware.radio(CONNECTED);
		firmware.radio(ADDRESSED);
		await sleep(50);
		assert.doesNotMatch(server.traced, /failed|network up/, "without an address yet");
		firmware.radio(DISCONNECTED);
		firmware.radio(DISCONNECTED);
		await server.told(/trying again/);
		firmware.radio(ADDRESSED, "192.168.4.7");
		await server.told(/network up/);
		await sleep(3_500);
		assert.equal(asked, 1);
		assert.equal(server.traced.match(/trying again/g)?.length, 1);
		firmware.radio(DISCONNECTED);
		await server.told(/network up[\s\S]*trying again/);
		await until(() => asked === 2);
	});
});
