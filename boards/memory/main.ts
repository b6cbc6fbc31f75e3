import { Key, LightweightSecureServer } from "lightweight-secure-tcp";
import { memory } from "lightweight-secure-tcp/selftest/native/lstcp_selftest";
import config from "mc/config";

// A server of two sessions with 1 KiB messages, in slots, chunks and a stack of fixed sizes that together are what XS has on an
// ESP8266, where a slot has 16 octets. XS ends the program where they do not suffice. It accepts longer messages than there is
// room for: those end their session alone.
let received = 0;
const report = (when: string) => {
	const { slots, chunks, native } = memory();
	trace(`${when}: ${slots} slots, ${chunks} octets of chunks, ${native} octets of native code's\n`);
};
report("before");
const server = new LightweightSecureServer({
	key: Key.fromHex(config.key),
	port: 7100,
	maxSessions: 2,
	maxMessage: 8192,
	maxQueued: 2200,
	onHandshakeSuccess(session) {
		session.onMessageReceived = (message) => {
			session.send(message);
			if (++received % 200 === 0) report(`${received} messages`);
		};
		session.onSessionEnded = ({ reason }) => trace(`ended: ${reason}\n`);
	},
});
void server.start();
report("listening");
