import type { Status } from "lightweight-secure-tcp/firmware/status";
// biome-ignore lint/correctness/noUnusedImports: it defines Piu's globals
import {} from "piu/MC";
import Timer from "timer";

const LINE = 20;
const MARGIN = 8;
/** How often parts that change with the clock are redrawn, in milliseconds. */
const REFRESH = 500;

const STEPS = ["HandshakeRequest", "HandshakeResponse", "HandshakeSuccess"];
const TITLE = 0;
const NETWORK = 1;
const KEY = 2;
const HANDSHAKE = 3;
const STATE = 4;
const SESSION = 5;
const COUNTS = 6;
const MESSAGES = 7;
const FAILURE = 10;

/** One page that shows a device's state, for 320 by 240 pixels or more. */
class StatusPage {
	readonly #status: Status;
	readonly #lines: (InstanceType<typeof Label> | InstanceType<typeof Text>)[] = [];

	constructor(status: Status) {
		this.#status = status;
		const style = (color: string) => new Style({ font: "semibold 16px Open Sans", color, horizontal: "left" });
		const plain = style("#e8e8e8");
		const special = new Map([
			[TITLE, style("#7ee787")],
			[KEY, style("#9aa7b4")],
			[STATE, style("#7ee787")],
		]);
		for (let line = 0; line < FAILURE; line++) {
			const chosen = special.get(line) ?? plain;
			const place = { left: MARGIN, right: MARGIN, top: line * LINE, height: LINE };
			this.#lines.push(new Label(null, { ...place, style: chosen, string: "" }));
		}
		// A failure is a sentence, which may take several lines.
		const rest = { left: MARGIN, right: MARGIN, top: FAILURE * LINE, bottom: 0 };
		this.#lines.push(new Text(null, { ...rest, style: style("#ff7b72"), string: "" }));
		new Application(null, {
			// Enough for lines full of narrow characters: with less, XS ends.
			displayListLength: 8192,
			skin: new Skin({ fill: "#10161d" }),
			contents: this.#lines,
		});
	}

	draw(): void {
		const { role, endpoint, wifi, keyId, steps, session, state, messages, failure } = this.#status;
		this.#show(TITLE, `LightweightSecureTCP ${role}`);
		this.#show(NETWORK, `Wi-Fi ${wifi}, ${endpoint}`);
		this.#show(KEY, `key ${keyId}`);
		const done = STEPS.filter((name) => steps.some((step) => step.endsWith(name)));
		const boxes = STEPS.map((name) => (done.includes(name) ? "[x]" : "[ ]")).join(" ");
		this.#show(HANDSHAKE, `${boxes} ${done.at(-1) ?? "no handshake yet"}`);
		this.#show(STATE, state);
		const age = session ? `${Math.floor(session.age / 1000)} s` : "";
		this.#show(
			SESSION,
			session ? `${session.active ? "open" : "ended"}, ${age}, ${session.suite ?? session.profile}` : "no session yet",
		);
		const counts = session?.counts;
		this.#show(
			COUNTS,
			counts
				? `${counts.messagesSent} sent, ${counts.messagesReceived} received, ${counts.octetsSent + counts.octetsReceived} octets`
				: "",
		);
		for (let i = MESSAGES; i < FAILURE; i++) this.#show(i, messages[i - MESSAGES] ?? "");
		this.#show(FAILURE, failure);
	}

	#show(line: number, text: string): void {
		const content = this.#lines[line] as { string: string };
		if (content.string !== text) content.string = text;
	}
}

export function showStatus(status: Status): void {
	const page = new StatusPage(status);
	const draw = () => page.draw();
	status.onChanged = draw;
	Timer.repeat(draw, REFRESH);
	draw();
}
