import { HandshakeError } from "./errors.js";

/** Offsets in a request's payload: `token u32 ‖ number1 u64 ‖ number2 u64`, little-endian, 20 octets. */
const NUMBER1 = 4;
const NUMBER2 = 12;
/** Octets of a request's or response's payload without a share, and of its word. */
export const CHALLENGE = 20;
export const WORD = 4;
/** Octets of a number; offsets of the sum and XOR in a response's payload. */
const NUMBER = 8;
const SUM = 4;
const XOR = 12;

/** `word ‖ sum u64 ‖ xor u64` for a request's payload: number1 + number2 mod 2^64, number1 XOR number2. */
export function answerNumbers(request: Uint8Array, word: Uint8Array): Uint8Array {
	const answer = new Uint8Array(CHALLENGE);
	answer.set(word);
	let sum = 0;
	for (let i = 0; i < NUMBER; i++) {
		const a = request[NUMBER1 + i]!;
		const b = request[NUMBER2 + i]!;
		sum = (sum >> 8) + a + b;
		answer[SUM + i] = sum;
		answer[XOR + i] = a ^ b;
	}
	return answer;
}

/**
 * Checks the sum and XOR of a response against the numbers of the request, in constant time.
 * @param detail for people
 * @throws HandshakeError "wrong-sum" or "wrong-xor"
 */
export function checkNumbers(request: Uint8Array, response: Uint8Array, detail?: string): void {
	let sum = 0;
	let wrongSum = 0;
	let wrongXor = 0;
	for (let i = 0; i < NUMBER; i++) {
		const a = request[NUMBER1 + i]!;
		const b = request[NUMBER2 + i]!;
		sum = (sum >> 8) + a + b;
		wrongSum |= (sum & 0xff) ^ response[SUM + i]!;
		wrongXor |= a ^ b ^ response[XOR + i]!;
	}
	if (wrongSum) throw new HandshakeError("wrong-sum", detail);
	if (wrongXor) throw new HandshakeError("wrong-xor", detail);
}

/**
 * `token XOR word XOR low32(sum) XOR low32(xor)`, where the word is the response's first field. Four octets, little-endian,
 * written at the front of `answer`.
 */
export function answerWord(request: Uint8Array, response: Uint8Array, answer = new Uint8Array(WORD)): Uint8Array {
	for (let i = 0; i < WORD; i++) answer[i] = request[i]! ^ response[i]! ^ response[SUM + i]! ^ response[XOR + i]!;
	return answer;
}
