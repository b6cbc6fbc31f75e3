export type { ConnectionCounts, HandshakeStep } from "../core/actions.js";
export type { SuiteName } from "../core/codec.js";
export type { EndpointCallbacks } from "../core/endpoint.js";
export {
	HandshakeError,
	type HandshakeFailureReason,
	LightweightSecureError,
	SessionEnd,
	type SessionEndReason,
} from "../core/errors.js";
export type { PeerAddress } from "../core/link.js";
export type { CommonOptions } from "../core/options.js";
export type { Format, Message } from "../core/session.js";
export { type ClientCallbacks, type ClientOptions, LightweightSecureClient } from "./client.js";
export { Key } from "./key.js";
export { LightweightSecureTCP } from "./lightweight-secure-tcp.js";
export { LightweightSecureServer, type ServerCallbacks, type ServerOptions } from "./server.js";
export { Session } from "./session.js";
