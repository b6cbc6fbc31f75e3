import type { KeyAgreement } from "../core/crypto.js";
import type { RandomSource } from "../core/random.js";

/** Suite 0x02 is not in an application that does not ask for it: `src/p256/manifest.json` puts it in this module's place. */
export const newAgreement: ((random: RandomSource) => KeyAgreement) | undefined = undefined;
