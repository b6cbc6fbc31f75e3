import assert from "node:assert/strict";
import { Link, type LinkEvents, type Platform, type Transport } from "../../src/core/link.js";
import { join } from "../../src/core/octets.js";
import { connectionOptions, Side } from "../helpers/pair.js";

/** A link of a server over a transport that takes everything, and what was told of it. */
function linked(failing: "setTimer" | "setReading") {
	const told: string[] = [];
	let broken = false;
	const breaks = (what: string) => {
		if (broken && what === failing) throw new Error(`${what} failed`);
	};
	const transport: Transport = {
		peer: { address: "", port: 0 },
		writable: true,
		pending: 0,
		write: () => {},
		attach: () => {},
		setReading: () => breaks("setReading"),
		close: (flush) => told.push(`close ${flush}`),
	};
	const platform: Partial<Platform> = {
		now: () => 0,
		setTimer: () => breaks("setTimer") ?? 1,
		clearTimer: () => {},
		report: (error) => told.push((error as Error).message),
	};
	const events: Partial<LinkEvents> = { failed: ({ reason }) => told.push(`failed ${reason}`) };
	const link = new Link(connectionOptions("server"), transport, platform as Platform, events as LinkEvents);
	return {
		link,
		told,
		break: () => {
			broken = true;
		},
	};
}

describe("link", () => {
	for (const what of ["setTimer", "setReading"] as const)
		it(`what the platform throws from ${what} ends the connection and goes no further`, () => {
			const { link, told, break: breakIt } = linked(what);
			breakIt();
			link.start();
			assert.deepEqual(told, [`${what} failed`, "close false", "failed internal-error"]);
			assert.ok(link.connection.closed);
		});

	it("what answers a record leaves before the next one is opened where the program had waited, else all leaves together", () => {
		let waited = false;
		let told: string[] = [];
		let written: Uint8Array[] = [];
		const transport: Transport = {
			peer: { address: "", port: 0 },
			writable: true,
			pending: 0,
			write: (octets) => {
				told.push("write");
				written.push(octets.slice());
			},
			attach: () => {},
			setReading: () => {},
			close: () => {},
			cork: () => told.push("cork"),
			uncork: () => told.push("uncork"),
			waited: () => waited,
		};
		const platform: Partial<Platform> = { now: () => 0, setTimer: () => 1, clearTimer: () => {} };
		const events: Partial<LinkEvents> = {
			step: () => {},
			established: () => {},
			message: (octets) => void link.connection.send(octets),
		};
		const options = connectionOptions("server", { maxBundle: 0 });
		const link = new Link(options, transport, platform as Platform, events as LinkEvents);
		const client = new Side("client", { maxBundle: 0 }).pump();
		link.start();
		while (client.outgoing.length) {
			link.received(join(...client.take()));
			client.feed(...written);
			written = [];
		}
		const answers = (given: boolean) => {
			waited = given;
			told = [];
			for (const octet of [1, 2, 3]) client.connection.send(Uint8Array.of(octet));
			link.received(join(...client.pump().take()));
			return told;
		};
		assert.deepEqual(answers(true), ["cork", "write", "uncork", "cork", "write", "write", "uncork"]);
		assert.deepEqual(answers(false), ["cork", "write", "write", "write", "uncork"]);
	});
});
