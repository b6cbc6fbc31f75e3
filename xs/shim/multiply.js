import { ask } from "./native.js";

/** As `src/p256/multiply.ts`, whose arithmetic a device has. */
export const publicKey = (scalar) => ask("g", scalar);
export const secret = (scalar, share) => ask("g", scalar, share);
