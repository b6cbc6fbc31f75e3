import { Key, LightweightSecureServer } from "lightweight-secure-tcp";
import { reserved } from "lightweight-secure-tcp/selftest/native/lstcp_selftest";
import config from "mc/config";

// What a server of two sessions with 1 KiB messages needs: memory grows here in the smallest steps, and only when it must.
let received = 0;
const report = (when: string) => {
	const { slots, slotSize, chunks } = reserved();
	trace(
		`${when}: ${slots} slots of ${slotSize} octets, ${chunks} octets of chunks: ${slots * 16 + chunks} octets where a slot has 16\n`,
	);
};
report("before");
const server = new LightweightSecureServer({
	key: Key.fromHex(config.key),
	port: 7100,
	maxSessions: 2,
	maxMessage: 1024,
	maxQueued: 2200,
	onHandshakeSuccess(session) {
		report("session");
		session.onMessageReceived = (message) => {
			session.send(message);
			if (++received % 200 === 0) report(`${received} messages`);
		};
	},
});
void server.start();
report("listening");
