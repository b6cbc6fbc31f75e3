import Resource from "Resource";
import { completeCrypto } from "lightweight-secure-tcp/core/portable/crypto";
import { moddableCrypto } from "lightweight-secure-tcp/moddable/crypto";
import { newAead } from "lightweight-secure-tcp/modes/aead";
import { newKeyPair } from "lightweight-secure-tcp/p256/key-pair";
import { type Check, runChecks } from "lightweight-secure-tcp/selftest/check";
import { loopbackChecks } from "lightweight-secure-tcp/selftest/loopback";
import { memory, quit } from "lightweight-secure-tcp/selftest/native/lstcp_selftest";
import { type OriginalVectors, originalChecks } from "lightweight-secure-tcp/selftest/original";
import { type EcdhTest, p256Checks } from "lightweight-secure-tcp/selftest/p256";
import {
	type CcmTest,
	checkCcm,
	checkHkdf,
	checkPackets,
	checkSlices,
	type HkdfTest,
	type SecureCase,
	secureChecks,
} from "lightweight-secure-tcp/selftest/vectors";
import config from "mc/config";

const read = <T>(name: string): T => JSON.parse(String.fromArrayBuffer(new Resource(name).slice(0)));
const tests = <T>(name: string): T[] =>
	read<{ testGroups: { tests: T[] }[] }>(name).testGroups.flatMap((group) => group.tests);

function vectorChecks(): Check[] {
	const ccm = tests<CcmTest>("aes_256_ccm_tag128.json");
	const hkdf = tests<HkdfTest>("hkdf_sha256.json");
	const portable = completeCrypto(moddableCrypto);
	return [
		{
			name: `${ccm.length} Wycheproof tests of AES-256-CCM`,
			run: () => ccm.forEach((test) => void checkCcm(moddableCrypto, test)),
		},
		{
			name: `${ccm.length} Wycheproof tests of AES-256-CCM over the modes of \`crypt\``,
			run: () => ccm.forEach((test) => void checkCcm({ ...moddableCrypto, aead: newAead }, test)),
		},
		{ name: "a packet is sealed and opened as its parts are", run: () => checkPackets(moddableCrypto) },
		{ name: "AES-256-CCM in slices is the same as at once", run: () => checkSlices(moddableCrypto) },
		{
			name: "AES-256-CCM in slices over the modes of `crypt` is the same as at once",
			run: () => checkSlices(completeCrypto({ ...moddableCrypto, aead: newAead })),
		},
		{
			name: `${hkdf.length} Wycheproof tests of HKDF-SHA256`,
			run: () => hkdf.forEach((test) => void checkHkdf(moddableCrypto, test)),
		},
		{
			name: `${hkdf.length} Wycheproof tests of HKDF-SHA256 made of SHA-256`,
			run: () => hkdf.forEach((test) => void checkHkdf(portable, test)),
		},
		...p256Checks(newKeyPair, tests<EcdhTest>("ecdh_secp256r1.json")),
		...originalChecks(moddableCrypto, read<OriginalVectors>("original.json")),
		...secureChecks(
			moddableCrypto,
			newKeyPair,
			read<{ cases: SecureCase[] }>("secure.json").cases,
			config.ratchet !== false,
		),
	];
}

async function selftest(): Promise<void> {
	const checks = [...vectorChecks(), ...loopbackChecks()];
	const failed = await runChecks(checks, (line) => trace(`${line}\n`));
	const { slots, chunks } = memory();
	trace(`memory at the end: ${slots} slots, ${chunks} octets of chunks\n`);
	trace(`${checks.length - failed} passed, ${failed} failed\n`);
	quit(failed ? 1 : 0);
}

selftest().catch((error) => {
	trace(`${error.stack}\n`);
	quit(1);
});
