import assert from "node:assert/strict";
import { findEngine } from "../../../xs/engine.js";
import { commandLine } from "../../helpers/lst.js";

describe("lst demo", () => {
	const { run } = commandLine();

	it("counts FizzBuzz between two processes and exits 0 when every round came back right", async () => {
		const { code, out } = await run(["demo", "--rounds", "8", "--engine", "node"]);
		assert.equal(code, 0);
		for (const line of [
			/HandshakeRequest +123 octets/,
			/HandshakeResponse +114 octets/,
			/HandshakeSuccess +66 octets/,
			/KeepAlive.* 17 octets/,
		])
			assert.match(out, line);
		assert.match(out, /client ──▶ server 15 FizzBuzz\nclient ◀── server 16/);
		assert.match(out, /✔ all 8 rounds came back right/);
		assert.match(out, /session +\d+\.\d ms/);
		assert.doesNotMatch(out, /[0-9a-f]{64}/, "no key is shown");
	});

	describe("on XS", () => {
		const engine = findEngine((line) => console.error(line));

		it(`runs both devices as firmware${engine.binary ? "" : ` (skipped: ${engine.description})`}`, async function () {
			if (!engine.binary) this.skip();
			const { code, out } = await run(["demo", "--rounds", "8"]);
			assert.equal(code, 0, out);
			assert.match(out, /engine +XS /);
			assert.match(out, /client ──▶ server 15 FizzBuzz\nclient ◀── server 16/);
			assert.match(out, /packets +21, /);
			assert.match(out, /✔ all 8 rounds came back right/);
		}).timeout(60_000);
	});
});
