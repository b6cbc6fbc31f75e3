import type { Status } from "./status.js";

/** A board without a screen: its trace tells all. */
export function showStatus(_status: Status): void {}
