import assert from "node:assert/strict";
import { Link, type LinkEvents, type Platform, type Transport } from "../../src/core/link.js";
import { connectionOptions } from "../helpers/pair.js";

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
});
