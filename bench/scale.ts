// npm run scale -- [SESSIONS]: that many simultaneous sessions, each with an echo a second; memory per session, and the slowest answer.
import { measure, start } from "./server.js";

const SECONDS = 15;
const count = Number(process.argv[2] ?? 5_000);
const { server, run } = await start();
const before = await measure();
let slowest = Number.NaN;
let answers = 0;
let most = 0;
await run("scale", count, SECONDS, async (event) => {
	if ("connected" in event) {
		const held = await measure();
		most = server.sessions.size;
		const each = (figure: "heap" | "resident") => Math.round((held[figure] - before[figure]) / most);
		console.log(`${most} sessions: ${each("heap")} octets of heap and ${each("resident")} of resident memory each`);
	} else if ("slowest" in event) ({ slowest, answers } = event);
});
console.log(`${answers} echoes of 64 octets in ${SECONDS} s, the slowest after ${slowest.toFixed(1)} ms`);
process.exit(most === count && answers >= count * (SECONDS - 3) ? 0 : 1);
