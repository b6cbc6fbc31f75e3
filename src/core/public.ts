// What both platforms export besides their own classes.
export type { ConnectionCounts, HandshakeStep } from "./actions.js";
export type { ClientCallbacks, ReconnectOptions } from "./client.js";
export type { SuiteName } from "./codec.js";
export type { Stream } from "./delivery/stream.js";
export type { EndpointCallbacks } from "./endpoint.js";
export {
	HandshakeError,
	type HandshakeFailureReason,
	LightweightSecureError,
	SessionEnd,
	type SessionEndReason,
} from "./errors.js";
export { LightweightSecureTCP } from "./lightweight-secure-tcp.js";
export type { PeerAddress } from "./link.js";
export type { CommonOptions } from "./options.js";
export type { Profile, ProfileName } from "./profile.js";
export type { ServerCallbacks } from "./server.js";
export type { Format, Message } from "./session.js";
