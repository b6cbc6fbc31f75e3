import type { HandshakeStep } from "../../core/actions.js";
import type { Profile } from "../../core/profile.js";
import { answerTo, fizzBuzz } from "../../firmware/fizzbuzz.js";
import { LightweightSecureClient } from "../client.js";
import { LightweightSecureServer } from "../server.js";
import type { Session } from "../session.js";
import { loadKey } from "./key.js";

/** What a device of the demo reports to the process that shows it. */
export type DemoEvent =
	| { event: "listening"; port: number; keyId: string }
	| { event: "step"; step: HandshakeStep }
	| { event: "session"; milliseconds: number }
	| { event: "sent" | "received"; text: string }
	| { event: "failed"; message: string }
	| { event: "ended"; client: boolean; right: boolean; counts: Session["counts"]; message: string };

const tell = (event: DemoEvent) => {
	if (process.connected) process.send?.(event);
};
// The demo ends with the process that shows it; listening for that does not keep this one alive.
process.once("disconnect", () => process.exit());
process.channel?.unref();

/** The server of the demo: answers one client's numbers until that one has finished. */
export async function demoServer(profile: Profile): Promise<void> {
	const { key } = await loadKey(undefined);
	const server = new LightweightSecureServer({
		key,
		profile,
		host: "127.0.0.1",
		format: "string",
		onHandshakeSuccess(session) {
			let right = true;
			session.onMessageReceived = (message) => session.send(answerTo(message));
			session.onError = (error) => {
				right = false;
				tell({ event: "failed", message: String(error) });
				session.abort();
			};
			session.onSessionEnded = (end) => {
				right &&= end.reason === "done";
				tell({ event: "ended", client: false, right, counts: session.counts, message: end.message });
				void server.close();
			};
		},
		onHandshakeFailed(error) {
			tell({ event: "failed", message: error.message });
			void server.close();
		},
	});
	const { port } = await server.start();
	tell({ event: "listening", port, keyId: key.id });
}

/** The client of the demo: counts `rounds` times and expects the next number each time. */
export async function demoClient(port: number, rounds: number, profile: Profile): Promise<void> {
	const client = new LightweightSecureClient({
		key: (await loadKey(undefined)).key,
		profile,
		host: "127.0.0.1",
		port,
		format: "string",
		onHandshakeStep: (step) => tell({ event: "step", step }),
	});
	const began = performance.now();
	const session = await client.connect();
	tell({ event: "session", milliseconds: performance.now() - began });
	let number = 1;
	let right = 0;
	const say = (text: string) => {
		session.send(text);
		tell({ event: "sent", text });
	};
	say(fizzBuzz(number));
	for await (const reply of session) {
		tell({ event: "received", text: reply });
		if (reply !== fizzBuzz(number + 1)) break;
		if (++right === rounds) break;
		number += 2;
		say(fizzBuzz(number));
	}
	await session.close();
	const message = session.end?.message ?? "";
	tell({ event: "ended", client: true, right: right === rounds, counts: session.counts, message });
}
