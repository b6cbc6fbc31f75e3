import { PacketType } from "../core/codec.js";
import type { Crypto } from "../core/crypto.js";
import { Challenger, Responder } from "../core/handshake.js";
import { Key } from "../core/key.js";
import { ascii, copy, join } from "../core/octets.js";
import { original } from "../core/original/original.js";
import { Xtea256 } from "../core/original/xtea256.js";
import { RandomSource } from "../core/random.js";
import { type Check, equal, ok } from "./check.js";
import { hex, scripted } from "./vectors.js";

/** `original.json`: what the C++ library itself printed. */
export interface OriginalVectors {
	handshakeKey: string;
	blocks: { rounds: number; plain: string; cipher: string }[];
	handshakeSuccess: { sessionKey: string; wire: string };
	regularMessage: { sessionKey: string; text: string; wire: string };
}

/** The known answers of the `original` profile. */
export function originalChecks(crypto: Crypto, vectors: OriginalVectors): Check[] {
	return [
		{
			name: `original.json: ${vectors.blocks.length} answers of XTEA256, 1 to 128 rounds`,
			run: () => vectors.blocks.forEach((block) => void checkBlocks(vectors.handshakeKey, block)),
		},
		{ name: "original.json: HandshakeSuccess and RegularMessage", run: () => checkPackets(crypto, vectors) },
	];
}

function checkBlocks(key: string, { rounds, plain, cipher }: OriginalVectors["blocks"][number]): void {
	const xtea = new Xtea256(hex(key), rounds);
	const octets = hex(plain);
	xtea.encrypt(octets, 0, octets.length);
	equal(octets, hex(cipher), `${rounds} rounds, enciphered`);
	xtea.decrypt(octets, 0, octets.length);
	equal(octets, hex(plain), `${rounds} rounds, deciphered`);
}

/** A handshake with the vectors' session key leads to their packets. */
function checkPackets(crypto: Crypto, { handshakeKey, handshakeSuccess, regularMessage }: OriginalVectors): void {
	const numbers = new Uint8Array(20).map((_, i) => i);
	const fill = new Uint8Array(4);
	const draws = (...given: Uint8Array[]) => new RandomSource(scripted(crypto, given));
	const keys = [new Key(hex(handshakeKey), crypto)];
	const challenging = draws(numbers, fill, hex(handshakeSuccess.sessionKey));
	const responding = draws(fill);
	const exchange = (random: RandomSource) => original().exchange({ keys, random } as never);
	const server = new Challenger(exchange(challenging), challenging);
	const client = new Responder(exchange(responding), responding);
	const response = client.read(server.begin());
	const success = server.read(response!);
	equal(success, hex(handshakeSuccess.wire), "HandshakeSuccess");
	ok(client.read(success) === undefined, "nothing is sent for it");
	const text = ascii(regularMessage.text);
	const record = join(Uint8Array.of(PacketType.RegularMessage, 0, text.length), text);
	const { write } = server.finish("server");
	write.seal(record, 3);
	equal(record, hex(regularMessage.wire), "RegularMessage");
	const opened = copy(record);
	ok(client.finish("client").read.open(opened, 3), "opens");
	equal(opened.subarray(3), text, "text");
}
