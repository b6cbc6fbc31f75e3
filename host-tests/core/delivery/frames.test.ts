import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { decodeFrame, encodeAck, encodeData, encodeHello, LAST_NUMBER } from "../../../src/core/delivery/frames.js";
import { hex } from "../../helpers/crypto.js";

interface Vector {
	what: "hello" | "data" | "ack";
	frame: string;
	streamId: string;
	epoch: string;
	peerEpoch: string;
	first: number;
	next: number;
	number: number;
	message: string;
}

const file = new URL("../../../../host-tests/vectors/delivery.json", import.meta.url);
const { frames } = JSON.parse(readFileSync(file, "utf8")) as { frames: Vector[] };

describe("acknowledged delivery: frames", () => {
	for (const [index, vector] of frames.entries())
		it(`delivery.json, frame ${index}: ${vector.what}`, () => {
			const { what, frame, first, next, number } = vector;
			const decoded = decodeFrame(hex(frame));
			if (what === "hello") {
				const [streamId, epoch, peerEpoch] = [hex(vector.streamId), hex(vector.epoch), hex(vector.peerEpoch)];
				assert.deepEqual(encodeHello({ streamId, epoch, peerEpoch, first, next }), hex(frame));
				assert.deepEqual(decoded, { type: "hello", streamId, epoch, peerEpoch, first, next });
			} else if (what === "data") {
				assert.deepEqual(encodeData(number, hex(vector.message)), hex(frame));
				assert.deepEqual(decoded, { type: "data", number, message: hex(vector.message) });
			} else {
				assert.deepEqual(encodeAck(next), hex(frame));
				assert.deepEqual(decoded, { type: "ack", next });
			}
		});

	it("the vectors reach 2^48 − 1, and what is no frame decodes to undefined", () => {
		assert.equal(
			frames.some(({ next }) => next === LAST_NUMBER),
			true,
		);
		for (const wrong of [
			"",
			"00",
			"04",
			"020000000000",
			"03",
			"0300000000000000",
			frames[0]!.frame.replace("0101", "0102"),
		])
			assert.equal(decodeFrame(hex(wrong)), undefined, wrong);
	});
});
