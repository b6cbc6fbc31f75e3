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

export { Session };
