import { readFileSync } from "node:fs";
import type { OriginalVectors } from "../../src/selftest/original.js";
import type { EcdhTest } from "../../src/selftest/p256.js";
import type { CcmTest, HkdfTest, SecureCase } from "../../src/selftest/vectors.js";

const folder = new URL("../../../host-tests/vectors/", import.meta.url);

const read = <T>(name: string): T => JSON.parse(readFileSync(new URL(name, folder), "utf8")) as T;

const tests = <T>(name: string): T[] =>
	read<{ testGroups: { tests: T[] }[] }>(name).testGroups.flatMap((group) => group.tests);

export const secureCases = read<{ cases: SecureCase[] }>("secure.json").cases;
export const originalVectors = read<OriginalVectors>("original.json");
export const ccmTests = tests<CcmTest>("aes_256_ccm_tag128.json");
export const ecdhTests = tests<EcdhTest>("ecdh_secp256r1.json");
export const hkdfTests = tests<HkdfTest>("hkdf_sha256.json");
