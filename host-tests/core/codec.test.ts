import assert from "node:assert/strict";
import { layouts, newRecord, PacketType, packetName, packetSize, payloadOffset, suites } from "../../src/core/codec.js";
import { Parser } from "../../src/core/parser.js";
import { secureProfile } from "../../src/core/secure.js";

/** The sizes that `protocol.md` states, not computed from the table under test. */
const stated: Record<keyof typeof PacketType, { type: number; size: (length: number) => number; payloadAt: number }> = {
	RegularMessage: { type: 1, size: (length) => 19 + length, payloadAt: 19 },
	HandshakeRequest: { type: 2, size: () => 59, payloadAt: 39 },
	HandshakeResponse: { type: 3, size: () => 50, payloadAt: 30 },
	HandshakeSuccess: { type: 4, size: () => 66, payloadAt: 30 },
	KeepAlive: { type: 5, size: () => 17, payloadAt: 17 },
	Disconnect: { type: 6, size: () => 18, payloadAt: 17 },
	Bundle: { type: 7, size: (length) => 19 + length, payloadAt: 19 },
};

describe("codec", () => {
	it("has a layout for each packet type and no others", () => {
		assert.deepEqual(Object.keys(layouts).map(Number).sort(), [1, 2, 3, 4, 5, 6, 7]);
		for (const [name, type] of Object.entries(PacketType)) assert.equal(layouts[type]?.name, name);
	});

	for (const [name, { type, size, payloadAt }] of Object.entries(stated))
		describe(name, () => {
			const code = type as PacketType;
			const { payload } = layouts[type]!;

			it("has the type and sizes that docs/protocol.md states", () => {
				assert.equal(PacketType[name as keyof typeof PacketType], type);
				assert.equal(payloadOffset(code), payloadAt);
				for (const length of payload === "length" ? [0, 1, 300, 65_535] : [payload])
					assert.equal(packetSize(code, length, suites.psk), size(length));
			});

			it("is parsed back unchanged", () => {
				for (const length of payload === "length" ? [0, 1, 255, 256, 65_535] : [payload]) {
					const made = layouts[type]!.nonce ? new Uint8Array(size(length)) : newRecord(code, length);
					made[0] = type;
					if (type === PacketType.HandshakeRequest) made[1] = suites.psk.code;
					made.fill(0xa5, payloadAt);
					const parser = new Parser({ maxMessage: 0xffff, suites: [suites.psk], profile: secureProfile });
					parser.push(made.slice());
					assert.deepEqual(parser.next(), made);
					assert.equal(parser.pending, 0);
				}
			});
		});

	it("names a packet by its type, and an unknown type by its octet", () => {
		assert.equal(packetName(2), "HandshakeRequest");
		assert.equal(packetName(0), "type 0x00");
		assert.equal(packetName(0xfe), "type 0xfe");
	});
});
