import "./session.js";

export * from "../core/public.js";
export { type ClientOptions, LightweightSecureClient } from "./client.js";
export { type BrowseOptions, browse, type FindOptions, type FoundServer, findServer } from "./discovery.js";
export { Key } from "./key.js";
export { LightweightSecureServer, type ServerOptions } from "./server.js";
export type { Session } from "./session.js";
