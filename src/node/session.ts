import { inspect } from "node:util";
import { type Format, Session } from "../core/session.js";

declare module "../core/session.js" {
	interface Session<F extends Format = "buffer"> {
		/** On Node.js: closes the session as `close` does, for `await using`. */
		[Symbol.asyncDispose](): Promise<void>;
	}
}

Session.prototype[Symbol.asyncDispose] = function (this: Session<Format>) {
	return this.close();
};

// Logs are not to show a session's internals, such as waiting messages.
Object.defineProperty(Session.prototype, inspect.custom, {
	value(this: Session<Format>, _depth: number, options: object) {
		return `Session ${inspect(this.toJSON(), options)}`;
	},
});

export { Session };
