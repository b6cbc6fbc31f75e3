import assert from "node:assert/strict";
import { Registry } from "../../src/core/registry.js";

describe("registry", () => {
	it("refuses a key that serves the other profile", () => {
		const registry = new Registry();
		registry.claim(["a"], "secure");
		registry.claim(["a"], "secure");
		registry.claim(["b"], "original");
		assert.throws(() => registry.claim(["a"], "original"), { code: "LST_KEY_IN_OTHER_PROFILE" });
		assert.throws(() => registry.claim(["c", "b"], "secure"), { code: "LST_KEY_IN_OTHER_PROFILE" });
		registry.claim(["c"], "original");
	});

	it("recognises its own requests by their octets until they are forgotten", () => {
		const registry = new Registry();
		const [one, other] = [new Uint8Array(59).fill(1), new Uint8Array(59).fill(2)];
		registry.remember(one);
		registry.remember(other);
		assert.ok(registry.isOwn(one.slice()));
		assert.equal(registry.isOwn(new Uint8Array(59).fill(3)), false);
		assert.equal(registry.isOwn(one.subarray(1)), false);
		registry.forget(one);
		assert.equal(registry.isOwn(one), false);
		assert.ok(registry.isOwn(other));
		registry.forget(one);
		registry.forget(other);
		assert.equal(registry.isOwn(other), false);
	});
});
