import assert from "node:assert/strict";
import { encodeHello } from "../../../src/core/delivery/frames.js";
import { Stream } from "../../../src/core/delivery/stream.js";
import { StreamStore } from "../../../src/core/delivery/stream-store.js";

const hello = (device: number) =>
	encodeHello({
		streamId: new Uint8Array(16).fill(device),
		epoch: new Uint8Array(8).fill(9),
		peerEpoch: new Uint8Array(8),
		first: 0,
		next: 0,
	});

describe("acknowledged delivery: a server's streams", () => {
	it("a known stream displaces no other; a new one displaces the least recently used", () => {
		const newEpoch = () => new Uint8Array(8).fill(1);
		const options = { newEpoch, maxUndelivered: 1000, longest: 100, onNewEpoch: () => {} };
		const made: Stream[] = [];
		const store = new StreamStore(
			2,
			(id) => new Stream({ ...options, id }),
			(stream) => made.push(stream),
		);
		const carried = [1, 2, 2, 2, 1, 1, 3].map((device) => {
			let stream: Stream | undefined;
			assert.equal(store.find(hello(device), { carry: (found) => void (stream = found) }), true);
			return stream!;
		});
		const [one, two, three] = made;
		assert.deepEqual(carried, [one, two, two, two, one, one, three]);
		assert.deepEqual([...store], [one, three]);
	});
});
