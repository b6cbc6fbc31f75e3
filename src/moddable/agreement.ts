import type { KeyAgreement } from "../core/crypto.js";
import type { RandomSource } from "../core/random.js";

/** Without suite 0x02; `src/p256/manifest.json` replaces this module with the one that has it. */
export const newAgreement: ((random: RandomSource) => KeyAgreement) | undefined = undefined;
