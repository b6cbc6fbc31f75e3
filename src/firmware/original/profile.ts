import type { FirmwareConfig } from "lightweight-secure-tcp/firmware/config";
import { original } from "lightweight-secure-tcp/original";

/** Firmware that talks to the C++ library, and contains XTEA256. */
export const chooseProfile = ({ roundsXtea }: FirmwareConfig) => original({ rounds: roundsXtea });
