import { Key, LightweightSecureServer, type Session, type SessionEnd } from "lightweight-secure-tcp";
import { memory } from "lightweight-secure-tcp/selftest/native/lstcp_selftest";
import config from "mc/config";
import Timer from "timer";

// A server of two sessions with 1 KiB messages, with fixed numbers of slots, chunks and stack: see boards/README.md, "Memory". XS ends the
// program if they do not suffice. The server accepts longer messages than there is room for: those end only their own session.

// Only on the desktop: an ESP8266 does not have it, nor its 84 slots.
Reflect.deleteProperty(globalThis, "screen");

/** Milliseconds after which an unused session is idle. */
const IDLE = 200;

let received = 0;
// Shared by the sessions, since each closure takes eleven slots; and methods, since a function that could be a constructor takes six.
const callbacks = {
	echo(this: Session, message: Uint8Array): void {
		this.send(message);
		if (++received % 200 === 0) report(`${received} messages`);
	},
	tellIdle(): void {
		report("idle");
	},
	tellEnd(this: Session, { reason }: SessionEnd): void {
		trace(`ended: ${reason}\n`);
	},
};
const report = (when: string) => {
	const { slots, chunks, native, peakSlots, peakChunks } = memory();
	const most = `at most ${peakSlots} slots and ${peakChunks} octets`;
	trace(`${when}: ${slots} slots, ${chunks} octets of chunks, ${native} octets of native code's; ${most}\n`);
};
// The first traced line takes memory of its own.
trace("a server of two sessions\n");
report("before");
const server = new LightweightSecureServer({
	key: Key.fromHex(config.key),
	port: 7100,
	maxSessions: 2,
	maxMessage: 8192,
	maxQueued: 2200,
	onHandshakeSuccess(session) {
		session.onMessageReceived = callbacks.echo;
		session.onSessionEnded = callbacks.tellEnd;
		Timer.set(callbacks.tellIdle, IDLE);
	},
});
void server.start();
report("listening");
