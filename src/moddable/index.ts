export type { HandshakeStep } from "../core/actions.js";
export type { ClientCallbacks } from "../core/client.js";
export type { SuiteName } from "../core/codec.js";
export type { EndpointCallbacks } from "../core/endpoint.js";
export {
	HandshakeError,
	type HandshakeFailureReason,
	LightweightSecureError,
	SessionEnd,
	type SessionEndReason,
} from "../core/errors.js";
export { LightweightSecureTCP } from "../core/lightweight-secure-tcp.js";
export type { PeerAddress } from "../core/link.js";
export type { CommonOptions } from "../core/options.js";
export type { ServerCallbacks } from "../core/server.js";
export type { Format, Message, Session } from "../core/session.js";
export { type ClientOptions, LightweightSecureClient } from "./client.js";
export { Key } from "./key.js";
export { LightweightSecureServer, type ServerOptions } from "./server.js";
