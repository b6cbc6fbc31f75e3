import assert from "node:assert/strict";
import { PendingHandshakes } from "../../src/core/pending.js";

const one = (address: string, heard = false) => ({ peer: { address, port: 1 }, heard });

describe("pending handshakes", () => {
	it("above the limit, the oldest that is not `heard` is dropped, whatever its address", () => {
		const pending = new PendingHandshakes(3, 3);
		const [heard, oldest, other, newest] = [one("a", true), one("b"), one("c"), one("d")];
		for (const each of [heard, oldest, other]) assert.equal(pending.add(each), undefined);
		assert.equal(pending.add(newest), oldest);
		assert.deepEqual([...pending], [heard, other, newest]);
	});

	it("takeSilent takes out the oldest that is not `heard`, and never one that is", () => {
		const pending = new PendingHandshakes(3, 3);
		const [heard, silent, other] = [one("a", true), one("b"), one("c")];
		for (const each of [heard, silent, other]) pending.add(each);
		assert.deepEqual([pending.takeSilent(), pending.takeSilent(), pending.takeSilent()], [silent, other, undefined]);
		assert.deepEqual([...pending], [heard]);
	});

	it("above the limit, the oldest is dropped if all are `heard`", () => {
		const pending = new PendingHandshakes(2, 2);
		const [oldest, other] = [one("a", true), one("b", true)];
		pending.add(oldest);
		pending.add(other);
		assert.equal(pending.add(one("c")), oldest);
	});

	it("an address at its limit displaces its own oldest handshake, not another address's", () => {
		const pending = new PendingHandshakes(100, 2);
		const [victim, first] = [one("b"), one("a")];
		pending.add(victim);
		pending.add(first);
		pending.add(one("a"));
		assert.equal(pending.add(one("a")), first);
		assert.deepEqual([...pending].includes(victim), true);
		pending.delete(victim);
		assert.equal([...pending].length, 2);
	});
});
