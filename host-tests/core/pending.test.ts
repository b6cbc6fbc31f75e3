import assert from "node:assert/strict";
import { PendingHandshakes } from "../../src/core/pending.js";

const one = (address: string, heard = false) => ({ peer: { address, port: 1 }, heard });

describe("pending handshakes", () => {
	it("above their number the oldest that was not heard of is dropped, whoever it is", () => {
		const pending = new PendingHandshakes(3, 3);
		const [heard, oldest, other, newest] = [one("a", true), one("b"), one("c"), one("d")];
		for (const each of [heard, oldest, other]) assert.equal(pending.add(each), undefined);
		assert.equal(pending.add(newest), oldest);
		assert.deepEqual([...pending], [heard, other, newest]);
	});

	it("where memory is short the oldest that was not heard of is taken out, and none that was", () => {
		const pending = new PendingHandshakes(3, 3);
		const [heard, silent, other] = [one("a", true), one("b"), one("c")];
		for (const each of [heard, silent, other]) pending.add(each);
		assert.deepEqual([pending.takeSilent(), pending.takeSilent(), pending.takeSilent()], [silent, other, undefined]);
		assert.deepEqual([...pending], [heard]);
	});

	it("where all were heard of, the oldest is", () => {
		const pending = new PendingHandshakes(2, 2);
		const [oldest, other] = [one("a", true), one("b", true)];
		pending.add(oldest);
		pending.add(other);
		assert.equal(pending.add(one("c")), oldest);
	});

	it("an address that has its share makes room for itself, and takes none of the others'", () => {
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
