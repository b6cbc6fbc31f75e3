import { Session } from "../core/session.js";

declare module "../core/session.js" {
	interface Session {
		/** On Node.js: closes the session as `close` does, for `await using`. */
		[Symbol.asyncDispose](): Promise<void>;
	}
}

Session.prototype[Symbol.asyncDispose] = function (this: Session) {
	return this.close();
};

export { Session };
