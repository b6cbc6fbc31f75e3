// npm run soak -- [MINUTES]: clients connect, talk, vanish and return; in the end the server must hold no more than in the beginning.
import { measure, quiet, start } from "./server.js";

const CLIENTS = 100;
/** How much the heap may have grown, by the engine's caches and compiled code. */
const GROWTH = 2_000_000;

const minutes = Number(process.argv[2] ?? 5);
let sessions = 0;
let failures = 0;
const { server, run } = await start({
	onHandshakeFailed: () => void failures++,
	onHandshakeStarted: () => void sessions++,
});
await run("soak", CLIENTS, Math.min(20, minutes * 6));
await quiet();
const before = await measure();
console.log("after a warm-up", before);
const progress = setInterval(
	() => console.log(`${sessions} connections, ${server.sessions.size} sessions now`),
	30_000,
);
await run("soak", CLIENTS, minutes * 60);
clearInterval(progress);
await quiet();
const after = await measure();
console.log(`after ${minutes} minutes, ${sessions} connections, ${failures} of them without a session`, after);
const right =
	server.sessions.size === 0 &&
	after.descriptors <= before.descriptors &&
	after.timers <= before.timers &&
	after.heap <= before.heap + GROWTH;
console.log(right ? "it is back where it began" : "it is NOT back where it began");
process.exit(right ? 0 : 1);
