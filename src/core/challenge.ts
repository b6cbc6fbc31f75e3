import { HandshakeError } from "./errors.js";
import { equalInConstantTime, wipe } from "./octets.js";

/** Offsets in a request's payload: `token u32 ‖ number1 u64 ‖ number2 u64`, little-endian, 20 octets. */
const NUMBER1 = 4;
const NUMBER2 = 12;
/** Octets of either handshake payload without a share, and of the word, sum and XOR in a response's. */
export const CHALLENGE = 20;
const WORD = 4;
const SUM = 4;
const XOR = 12;

const view = (octets: Uint8Array) => new DataView(octets.buffer, octets.byteOffset, octets.byteLength);

/** `word ‖ sum u64 ‖ xor u64` for a request's payload: number1 + number2 mod 2^64, number1 XOR number2. */
export function answerNumbers(request: Uint8Array, word: Uint8Array): Uint8Array {
	const numbers = view(request);
	const answer = new Uint8Array(CHALLENGE);
	const out = view(answer);
	answer.set(word);
	let carry = 0;
	for (let i = 0; i < 8; i += 4) {
		const a = numbers.getUint32(NUMBER1 + i, true);
		const b = numbers.getUint32(NUMBER2 + i, true);
		const sum = a + b + carry;
		carry = sum > 0xffffffff ? 1 : 0;
		out.setUint32(SUM + i, sum >>> 0, true);
		out.setUint32(XOR + i, (a ^ b) >>> 0, true);
	}
	return answer;
}

/**
 * Checks the sum and XOR of a response against what the request asked.
 * @param detail for people
 * @throws HandshakeError "wrong-sum" or "wrong-xor"
 */
export function checkNumbers(request: Uint8Array, response: Uint8Array, detail?: string): void {
	const expected = answerNumbers(request, response.subarray(0, WORD));
	const sum = equalInConstantTime(expected.subarray(SUM, XOR), response.subarray(SUM, XOR));
	const xor = equalInConstantTime(expected.subarray(XOR), response.subarray(XOR, CHALLENGE));
	wipe(expected);
	if (!sum) throw new HandshakeError("wrong-sum", detail);
	if (!xor) throw new HandshakeError("wrong-xor", detail);
}

/** `token XOR word XOR low32(sum) XOR low32(xor)`: the word is a response's first field. Four octets, little-endian. */
export function answerWord(request: Uint8Array, response: Uint8Array): Uint8Array {
	const answer = new Uint8Array(WORD);
	for (let i = 0; i < WORD; i++) answer[i] = request[i]! ^ response[i]! ^ response[SUM + i]! ^ response[XOR + i]!;
	return answer;
}
