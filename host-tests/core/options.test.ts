import assert from "node:assert/strict";
import {
	type CommonOptions,
	checkCallbacks,
	checkDelivery,
	checkOptions,
	chooseKeys,
	claimKeys,
} from "../../src/core/options.js";
import { RandomSource } from "../../src/core/random.js";
import { Registry } from "../../src/core/registry.js";
import { secureProfile } from "../../src/core/secure.js";
import { nodeCrypto } from "../../src/node/crypto.js";
import { text } from "../helpers/crypto.js";
import { newKey } from "../helpers/pair.js";

const check = (options: CommonOptions) =>
	checkOptions(
		options,
		{ maxMessage: 4096, maxQueued: 8192, slice: 4096, suites: ["psk"] },
		{ crypto: nodeCrypto, random: new RandomSource(nodeCrypto), encodeText: text },
		{ role: "client", registry: new Registry(), keys: [newKey()] },
	);

describe("options", () => {
	it("have the documented defaults and those of the platform", () => {
		const { context, suites, ...rest } = check({});
		const numbers = Object.entries(rest).filter(([, value]) => typeof value === "number");
		assert.deepEqual(Object.fromEntries(numbers), {
			keepAliveInterval: 5_000,
			inactivityTimeout: 30_000,
			sendTimeout: 30_000,
			handshakeTimeout: 10_000,
			maxMessage: 4096,
			slice: 4096,
			maxQueued: 8192,
			maxBundle: 1024,
			padTo: 0,
		});
		assert.equal(context.length, 0);
		assert.deepEqual(
			suites.map(({ name }) => name),
			["psk"],
		);
	});

	it("keepAliveInterval and maxBundle get defaults that fit the other options, and text contexts become UTF-8", () => {
		assert.equal(check({ inactivityTimeout: 900 }).keepAliveInterval, 300);
		assert.equal(check({ inactivityTimeout: -1 }).keepAliveInterval, 5_000);
		assert.equal(check({ maxMessage: 100 }).maxBundle, 100);
		assert.deepEqual(check({ context: "Gerät" }).context, text("Gerät"));
	});

	for (const [options, name] of [
		[{ keepAliveInterval: 0 }, "keepAliveInterval"],
		[{ keepAliveInterval: 30_000 }, "keepAliveInterval"],
		[{ keepAliveInterval: 1.5 }, "keepAliveInterval"],
		[{ inactivityTimeout: 0 }, "inactivityTimeout"],
		[{ inactivityTimeout: -2 }, "inactivityTimeout"],
		[{ inactivityTimeout: 2 ** 31 }, "inactivityTimeout"],
		[{ handshakeTimeout: 0 }, "handshakeTimeout"],
		[{ maxMessage: 0 }, "maxMessage"],
		[{ maxMessage: 65_536 }, "maxMessage"],
		[{ maxQueued: 1 }, "maxQueued"],
		[{ maxBundle: -1 }, "maxBundle"],
		[{ padTo: Number.NaN }, "padTo"],
		[{ context: "x".repeat(256) }, "context"],
		[{ suites: [] }, "suites"],
		[{ suites: ["none"] }, "suites"],
		[{ suites: ["constructor"] }, "suites"],
	] as [CommonOptions, string][])
		it(`a RangeError names ${name}: ${JSON.stringify(options)}`, () => {
			assert.throws(() => check(options), { name: "RangeError", code: "LST_RANGE", message: new RegExp(name) });
		});

	for (const [options, name] of [
		[{ keepAliveInterval: "5000" }, "keepAliveInterval"],
		[{ context: 7 }, "context"],
		[{ suites: "psk" }, "suites"],
	] as [never, string][])
		it(`a TypeError names ${name}: ${JSON.stringify(options)}`, () => {
			assert.throws(() => check(options), { name: "TypeError", code: "LST_TYPE", message: new RegExp(name) });
		});

	it("a callback must be a function or undefined", () => {
		checkCallbacks({ onError: undefined, onMessageReceived() {}, only: 7 });
		for (const onError of [null, "log", 7]) assert.throws(() => checkCallbacks({ onError }), TypeError);
	});

	it("`delivery` must be `acknowledged` or undefined", () => {
		assert.equal(checkDelivery({}, check({})), undefined);
		assert.ok(checkDelivery({ delivery: "acknowledged" }, check({})));
		for (const delivery of ["at-most-once", true, null])
			assert.throws(() => checkDelivery({ delivery: delivery as never }, check({})), RangeError);
	});

	it("with `delivery`, `maxMessage` has room for the header of a message, and at least for a hello", () => {
		const received = (maxMessage: number) => check({ delivery: "acknowledged", maxMessage }).maxMessage;
		assert.deepEqual([received(1), received(39), received(40), received(100)], [46, 46, 47, 107]);
		assert.equal(check({ maxMessage: 1 }).maxMessage, 1);
	});

	it("suite psk-p256 throws a RangeError in a program without P-256", () => {
		assert.throws(() => check({ suites: ["psk-p256"] }), { name: "RangeError", message: /not in this program/ });
	});

	describe("keys", () => {
		it("are those given, else the program's from setHandshakeKey, else LST_NO_KEY is thrown", () => {
			const registry = new Registry();
			assert.throws(() => chooseKeys(undefined, registry), { code: "LST_NO_KEY", message: /setHandshakeKey/ });
			registry.handshakeKey = newKey(1);
			assert.deepEqual(chooseKeys(undefined, registry), [registry.handshakeKey]);
			const other = newKey(2);
			assert.deepEqual(chooseKeys(other, registry), [other]);
			assert.throws(() => chooseKeys([], registry), { code: "LST_NO_KEY" });
		});

		it("with the same id are refused, even as separate objects", () => {
			assert.throws(() => chooseKeys([newKey(1), newKey(2), newKey(1)], new Registry()), { code: "LST_KEY_ID_TWICE" });
		});

		it("that serve the other profile are refused", () => {
			const registry = new Registry();
			registry.claim([newKey(1).id], "original");
			const claim = () => claimKeys([newKey(1)], registry, secureProfile, { warn() {} });
			assert.throws(claim, { code: "LST_KEY_IN_OTHER_PROFILE" });
		});

		it("must be Key objects", () => {
			for (const wrong of ["00".repeat(32), {}, [1]])
				assert.throws(() => chooseKeys(wrong as never, new Registry()), TypeError);
		});
	});
});
