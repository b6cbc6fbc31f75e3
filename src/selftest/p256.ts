import type { KeyPair } from "../core/crypto.js";
import { copy, join } from "../core/octets.js";
import { P256 } from "../core/p256/p256.js";
import { type Check, equal, ok } from "./check.js";
import { hex } from "./vectors.js";

/** A test of Project Wycheproof's `ecdh_ecpoint_test_schema_v1.json`; `public` is 0x04 ‖ x ‖ y. */
export interface EcdhTest {
	tcId: number;
	comment: string;
	public: string;
	private: string;
	shared: string;
	result: string;
}

const P = hex(`ffffffff00000001${"00".repeat(12)}${"ff".repeat(12)}`);
const P_AND_1 = hex(`ffffffff00000001${"00".repeat(11)}01${"00".repeat(12)}`);

/** The octets of a scalar, which the tests write with any number of digits. */
const scalarOf = (digits: string) => hex(digits.slice(-64).padStart(64, "0"));

/** P-256: the platform's multiplication, and the checks that precede it. */
export function p256Checks(newKeyPair: (scalar: Uint8Array) => KeyPair, tests: readonly EcdhTest[]): Check[] {
	const { isShare } = P256.prototype;
	const points = tests.map((test) => hex(test.public).subarray(1));
	const point = (comment: string) => points[tests.findIndex((test) => test.comment === comment)]!;
	return [
		{
			name: `${tests.length} Wycheproof tests of ECDH on P-256`,
			run: () =>
				tests.forEach((test, index) => {
					const valid = isShare(points[index]!);
					equal(valid, test.result === "valid", `test ${test.tcId}: ${test.comment}`);
					if (valid)
						equal(newKeyPair(scalarOf(test.private)).agree(points[index]!), hex(test.shared), `test ${test.tcId}`);
				}),
		},
		{
			name: "coordinates that are not below p, infinity and wrong sizes are no public keys",
			run() {
				const zero = point("point with coordinate x = 0");
				const one = point("point with coordinate y = 1");
				ok(isShare(zero) && isShare(one), "points of the curve");
				ok(!isShare(join(P, zero.subarray(32))), "x = p where x = 0 is on the curve");
				ok(!isShare(join(one.subarray(0, 32), P_AND_1)), "y = p + 1 where y = 1 is on the curve");
				ok(!isShare(new Uint8Array(64)), "infinity, as zeros");
				ok(!isShare(new Uint8Array(64).fill(0xff)), "2^256 − 1");
				ok(!isShare(zero.subarray(1)) && !isShare(join(zero, copy(zero).subarray(0, 1))), "63 and 65 octets");
				for (const i of [0, 31, 32, 63]) {
					const off = copy(one);
					off[i]! ^= 1;
					ok(!isShare(off), `octet ${i} changed`);
				}
			},
		},
	];
}
