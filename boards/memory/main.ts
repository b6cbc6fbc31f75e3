import { Key, LightweightSecureServer, type Session, type SessionEnd } from "lightweight-secure-tcp";
import { memory } from "lightweight-secure-tcp/selftest/native/lstcp_selftest";
import config from "mc/config";
import Timer from "timer";

// A server of two sessions with 1 KiB messages, in slots, chunks and a stack of fixed sizes: see boards/README.md, "Memory". XS ends the
// program where they do not suffice. It accepts longer messages than there is room for: those end their session alone.

// The desktop's: no ESP8266 has it, nor its 84 slots.
Reflect.deleteProperty(globalThis, "screen");

/** Milliseconds after which a session that was not used is idle. */
const IDLE = 200;

let received = 0;
// Shared by the sessions, and methods: a function that is made for each has eleven slots, one that could be a constructor six.
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
// The first line that is traced takes memory of its own.
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
