import { readFileSync } from "node:fs";

const folder = new URL("../../../host-tests/vectors/", import.meta.url);

const read = <T>(name: string): T => JSON.parse(readFileSync(new URL(name, folder), "utf8")) as T;

export interface SecureCase {
	suite: number;
	context: string;
	handshakeKey: string;
	random: Record<"N1" | "N2" | "N3" | "token" | "number1" | "number2" | "challenge" | "sessionKey", string>;
	keyId: string;
	handshakeSealingKey: string;
	request: string;
	response: string;
	success: string;
	records: { from: "client" | "server"; what: string; wire: string }[];
}

export interface CcmTest {
	tcId: number;
	comment: string;
	key: string;
	iv: string;
	aad: string;
	msg: string;
	ct: string;
	tag: string;
	result: "valid" | "invalid";
}

export interface HkdfTest {
	tcId: number;
	comment: string;
	ikm: string;
	salt: string;
	info: string;
	size: number;
	okm: string;
	result: "valid" | "invalid";
}

const tests = <T>(name: string): T[] =>
	read<{ testGroups: { tests: T[] }[] }>(name).testGroups.flatMap((group) => group.tests);

export const secureCases = read<{ cases: SecureCase[] }>("secure.json").cases;
export const ccmTests = tests<CcmTest>("aes_256_ccm_tag128.json");
export const hkdfTests = tests<HkdfTest>("hkdf_sha256.json");
