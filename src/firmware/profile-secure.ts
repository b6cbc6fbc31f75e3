import type { FirmwareConfig } from "./config.js";

/** The `secure` profile is the default. */
export const chooseProfile = (_config: FirmwareConfig) => undefined;
