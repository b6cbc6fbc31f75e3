import type { Status } from "./status.js";

/** A board without a screen has its trace. */
export function showStatus(_status: Status): void {}
