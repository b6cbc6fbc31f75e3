export * from "../core/public.js";
export type { Session } from "../core/session.js";
export { type ClientOptions, LightweightSecureClient } from "./client.js";
export { Key } from "./key.js";
export { LightweightSecureServer, type ServerOptions } from "./server.js";
