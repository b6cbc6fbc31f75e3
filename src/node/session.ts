import { inspect } from "node:util";
import { type Format, Session } from "../core/session.js";

declare module "../core/session.js" {
	interface Session<F extends Format = "buffer"> {
		/** On Node.js: closes the session as `close` does, for `await using`. */
		[Symbol.asyncDispose](): Promise<void>;
		/** On Node.js: the state of the session, for logs. */
		toJSON(): Readonly<Partial<Session<F>>>;
	}
}

Session.prototype[Symbol.asyncDispose] = function (this: Session<Format>) {
	return this.close();
};

// Logs are not to show a session's internals, such as waiting messages.
Session.prototype.toJSON = function (this: Session<Format>) {
	const { peer, keyId, profile, suite, age, counts, queued, end } = this;
	return { peer, keyId, profile, suite, age, counts, queued, end };
};
Object.defineProperty(Session.prototype, inspect.custom, {
	value(this: Session<Format>, _depth: number, options: object) {
		return `Session ${inspect(this.toJSON(), options)}`;
	},
});

export { Session };
