import Timer from "timer";
import type { KeyAgreement } from "../core/crypto.js";
import { P256 } from "../core/p256/p256.js";
import type { RandomSource } from "../core/random.js";
import { newKeyPair } from "../p256/key-pair.js";

/** Suite 0x02 on a device, where each multiplication has a turn of the event loop to itself. */
export const newAgreement = (random: RandomSource): KeyAgreement =>
	new P256(newKeyPair, random, (callback, delay) => Timer.set(callback, delay));
