import assert from "node:assert/strict";
import { type Cipher, createCipheriv, randomBytes, randomInt } from "node:crypto";
import { newRecord, PacketType, payloadOffset } from "../../src/core/codec.js";
import type { RecordCipher } from "../../src/core/crypto.js";
import { copy, join } from "../../src/core/octets.js";
import { RECORDS_PER_KEY } from "../../src/core/records.js";
import { nodeCrypto } from "../../src/node/crypto.js";
import { ccmCrypto, freeContexts } from "../helpers/crypto.js";

const header = (record: Uint8Array) =>
	record[0] === PacketType.RegularMessage || record[0] === PacketType.Bundle ? 3 : 1;
const types = [PacketType.RegularMessage, PacketType.Bundle, PacketType.KeepAlive, PacketType.Disconnect] as const;

/** Random records of all types; the texts of most are short, or have up to `longest` octets. */
function newRecords(count: number, longest = 2_100): Uint8Array[] {
	return Array.from({ length: count }, () => {
		const type = types[Math.max(0, randomInt(8) - 4)]!;
		const lengths = [0, 1, 15, 16, 17, longest, randomInt(longest), randomInt(longest)];
		const length = { [PacketType.KeepAlive]: 0, [PacketType.Disconnect]: 1 }[type as number] ?? lengths[randomInt(8)]!;
		const record = newRecord(type, length);
		record.set(randomBytes(length), payloadOffset(type));
		return record;
	});
}

/** Sealed copies, one behind the other in one buffer, as they arrive. */
function arrived(write: RecordCipher, records: readonly Uint8Array[], inFront = randomInt(5)) {
	const sealed = records.map((record) => {
		const octets = copy(record);
		write.seal(octets, header(octets));
		return octets;
	});
	const chunk = join(new Uint8Array(inFront), ...sealed);
	let end = inFront;
	const parts = sealed.map(({ length }) => {
		end += length;
		return { record: chunk.subarray(end - length, end), behind: { chunk, at: end } };
	});
	return { chunk, parts };
}

function open(read: RecordCipher, { record, behind }: ReturnType<typeof arrived>["parts"][number]): boolean {
	return read.open(record, header(record), behind);
}

/** Both ends of a direction, the reading one of which already opens as many records ahead as it ever does. */
function warm(keys: Uint8Array) {
	const [write, read] = [ccmCrypto.direction(keys), nodeCrypto.direction(keys)];
	for (const part of arrived(write, newRecords(200, 20)).parts) assert.ok(open(read, part));
	return { write, read };
}

const cipher = Object.getPrototypeOf(createCipheriv("aes-256-ecb", new Uint8Array(32), null)) as Cipher;
const text = (record: Uint8Array) => record.subarray(payloadOffset(record[0] as PacketType));

describe("records that arrive together, on Node.js", () => {
	let keys: Uint8Array;
	before(freeContexts);
	beforeEach(() => {
		keys = randomBytes(77);
	});

	it("open, and are sealed, as by the portable CCM, whatever their sizes", () => {
		const [write, read] = [nodeCrypto.direction(keys), nodeCrypto.direction(keys)];
		const [otherWrite, otherRead] = [ccmCrypto.direction(keys), ccmCrypto.direction(keys)];
		for (let round = 0; round < 60; round++) {
			const records = newRecords(randomInt(1, 200), [20, 300, 2_048, 2_049][round % 4]);
			const { parts } = arrived(otherWrite, records);
			for (const [i, part] of parts.entries()) {
				assert.ok(open(read, part), `${i} of ${parts.length}`);
				assert.deepEqual(text(part.record), text(records[i]!));
			}
			for (const [i, { record }] of arrived(write, records).parts.entries()) {
				assert.ok(otherRead.open(record, header(record)), `sealed, ${i}`);
				assert.deepEqual(text(record), text(records[i]!));
			}
		}
	});

	it("open up to the first with a wrong octet; that one and those behind it do not, and are wiped", () => {
		for (let wrong = 0; wrong < 8; wrong++) {
			const records = Array.from({ length: 8 }, (_, i) => newRecord(PacketType.RegularMessage, 5 * i).fill(i + 1, 19));
			for (let at = 3; at < records[wrong]!.length; at++) {
				const { write, read } = warm(keys);
				const { parts } = arrived(write, records);
				parts[wrong]!.record[at]! ^= 1 << (at % 8);
				for (const part of parts.slice(0, wrong)) assert.ok(open(read, part));
				for (const part of parts.slice(wrong)) {
					assert.ok(!open(read, part), `octet ${at} of ${wrong}`);
					assert.ok(
						text(part.record).every((octet) => octet === 0),
						"wiped",
					);
				}
			}
		}
	});

	it("do not open out of order, and not twice", () => {
		const records = Array.from({ length: 3 }, () => newRecord(PacketType.RegularMessage, 20));
		const { write, read } = warm(keys);
		const { parts } = arrived(write, records);
		const again = copy(parts[0]!.record);
		assert.ok(open(read, parts[0]!));
		assert.ok(!open(read, parts[2]!), "the third before the second");
		assert.ok(!read.open(again, 3), "the first again");
		assert.ok(open(read, parts[1]!));
	});

	it("open while records of other sessions are opened and sealed in between", () => {
		const sessions = Array.from({ length: 5 }, () => {
			const keys = randomBytes(77);
			const records = newRecords(20);
			const { parts } = arrived(ccmCrypto.direction(keys), records);
			return { read: nodeCrypto.direction(keys), write: nodeCrypto.direction(keys), records, parts };
		});
		for (let i = 0; i < 20; )
			for (const { read, write, records, parts } of sessions) {
				assert.ok(open(read, parts[i]!));
				assert.deepEqual(text(parts[i]!.record), text(records[i]!));
				const echo = copy(records[i]!);
				write.seal(echo, header(echo));
				if (sessions.at(-1)!.read === read) i++;
			}
	});

	it("open with more keys than there are long-lived cipher contexts", () => {
		const directions = Array.from({ length: 600 }, () => {
			const keys = randomBytes(77);
			return { write: nodeCrypto.direction(keys), read: nodeCrypto.direction(keys) };
		});
		for (let round = 0; round < 3; round++)
			for (const { write, read } of directions)
				for (const part of arrived(write, newRecords(3, 40)).parts) assert.ok(open(read, part));
		for (const { write, read } of directions) for (const direction of [write, read]) direction.wipe();
	});

	it("open across a ratchet", () => {
		const [write, read] = [ccmCrypto.direction(keys), nodeCrypto.direction(keys)];
		const keepAlive = newRecord(PacketType.KeepAlive, 0);
		for (let i = 0; i < RECORDS_PER_KEY - 5; i++) {
			const record = copy(keepAlive);
			write.seal(record, 1);
			assert.ok(read.open(record, 1));
		}
		for (const part of arrived(write, newRecords(12)).parts) assert.ok(open(read, part));
	}).timeout(60_000);

	it("are not confused, once opened ahead, with records at the same offset in another buffer", () => {
		const { write, read } = warm(keys);
		const { chunk, parts } = arrived(write, newRecords(4, 100));
		const elsewhere = copy(chunk);
		assert.ok(open(read, parts[0]!));
		for (const { record, behind } of parts.slice(1)) {
			const other = elsewhere.subarray(record.byteOffset, record.byteOffset + record.length);
			other[other.length - 1]! ^= 1;
			assert.ok(!open(read, { record: other, behind }));
			assert.ok(open(read, { record, behind }));
		}
	});

	it("are sealed as by the portable CCM if a record number is used again", () => {
		const [own, other] = [nodeCrypto.aead(keys.subarray(0, 32)), ccmCrypto.aead(keys.subarray(0, 32))];
		const nonce = randomBytes(13);
		for (const number of [0, 1, 2, 2, 1, 3, 4, 4]) {
			const [record] = newRecords(1) as [Uint8Array];
			const expected = copy(record);
			const numbered = copy(nonce);
			numbered[12]! ^= number;
			other.seal(numbered, expected.subarray(0, header(record)), expected.subarray(header(record)));
			own.seal(numbered, record.subarray(0, header(record)), record.subarray(header(record)), number);
			assert.deepEqual(record, expected, `number ${number}`);
		}
	});

	it("do not open under another record number than the one that they were opened ahead under", () => {
		const [own, other] = [nodeCrypto.aead(keys.subarray(0, 32)), ccmCrypto.aead(keys.subarray(0, 32))];
		const nonce = (number: number) => Uint8Array.of(...keys.subarray(0, 12), number);
		const chunk = new Uint8Array(6 * 17);
		for (let number = 0; number < 6; number++) {
			const record = chunk.subarray(17 * number, 17 * (number + 1));
			record[0] = PacketType.KeepAlive;
			other.seal(nonce(number), record.subarray(0, 1), record.subarray(1));
		}
		const openAs = (place: number, number: number) => {
			const [at, end] = [17 * place, 17 * (place + 1)];
			return own.open(nonce(number), chunk.subarray(at, at + 1), chunk.subarray(at + 1, end), number, {
				chunk,
				at: end,
			});
		};
		for (let number = 0; number < 4; number++) assert.ok(openAs(number, number));
		assert.ok(!openAs(4, 5));
		assert.ok(openAs(4, 4));
	});

	describe("after an exception", () => {
		/** The argument of the call that threw. */
		let given: Uint8Array;

		/** Makes a method throw once, at its `nth` call from now on. */
		function failOnce(target: object, name: string, nth: number): void {
			const own = Object.getOwnPropertyDescriptor(target, name);
			const method = Reflect.get(target, name) as (...args: unknown[]) => unknown;
			const restore = () => (own ? Object.defineProperty(target, name, own) : Reflect.deleteProperty(target, name));
			const value = function (this: unknown, ...args: unknown[]) {
				if (--nth) return method.apply(this, args);
				restore();
				given = args[0] as Uint8Array;
				throw new Error("no memory");
			};
			Object.defineProperty(target, name, { value, configurable: true, writable: true });
		}

		for (const [what, target, name, nth, length] of [
			["the MAC", cipher, "update", 1, 1_000],
			["the key stream", cipher, "update", 2, 1_000],
			["wiping the key stream", Uint32Array.prototype, "fill", 1, 20],
		] as const)
			for (const next of [1, 3_000])
				it(`in ${what}, the next record, of ${next} octets, is sealed with a key stream of its own`, () => {
					const [write, read] = [nodeCrypto.direction(keys), ccmCrypto.direction(keys)];
					const seal = (length: number) => {
						const record = newRecord(PacketType.RegularMessage, length);
						write.seal(record, 3);
						return record;
					};
					for (let i = 0; i < 4; i++) assert.ok(read.open(seal(20), 3));
					failOnce(target, name, nth);
					assert.throws(() => seal(length), /no memory/);
					for (const length of [next, 20, 20, 1_000]) assert.ok(read.open(seal(length), 3));
				});

		it("in opening or sealing, a direction that is wiped leaves no plaintext in its memory", () => {
			const text = Buffer.alloc(64, "B");
			for (const [nth, work] of [
				[2, (direction: RecordCipher, record: Uint8Array) => void direction.open(record, 3)],
				[1, (direction: RecordCipher, record: Uint8Array) => direction.seal(record, 3)],
			] as const) {
				const [write, direction] = [ccmCrypto.direction(keys), nodeCrypto.direction(keys)];
				// The first two records have no contexts yet.
				for (let i = 0; i < 3; i++) {
					const before = newRecord(PacketType.RegularMessage, 20);
					write.seal(before, 3);
					if (nth === 2) assert.ok(direction.open(before, 3));
					else direction.seal(before, 3);
				}
				const record = newRecord(PacketType.RegularMessage, text.length);
				record.set(text, 19);
				if (nth === 2) write.seal(record, 3);
				failOnce(cipher, "update", nth);
				assert.throws(() => work(direction, record), /no memory/);
				const room = Buffer.from(given.buffer);
				direction.wipe();
				assert.ok(!room.includes(text));
			}
		});
	});

	it("cost less than twice as much to open if two sessions alternate", () => {
		const cost = (turns: boolean) => {
			const sessions = Array.from({ length: 2 }, () => {
				const { write, read } = warm(randomBytes(77));
				const records = Array.from({ length: 200 }, () => newRecord(PacketType.RegularMessage, 20));
				return { read, parts: arrived(write, records).parts };
			});
			let octets = 0;
			const update = cipher.update;
			cipher.update = function (this: Cipher, ...args: Parameters<typeof update>) {
				octets += (args[0] as unknown as Uint8Array).length;
				return update.apply(this, args);
			} as typeof update;
			try {
				const [one, other] = sessions as [(typeof sessions)[0], (typeof sessions)[0]];
				for (let i = 0; i < 200; i++)
					for (const { read, parts } of turns ? [one, other] : [one]) assert.ok(open(read, parts[i]!));
			} finally {
				cipher.update = update;
			}
			return octets / (turns ? 400 : 200);
		};
		assert.ok(
			cost(true) < 2 * cost(false),
			`${cost(true)} octets are enciphered for a record instead of ${cost(false)}`,
		);
	});

	it("have their plaintext, opened ahead, wiped by forget and by wipe", () => {
		for (const over of ["forget", "wipe"] as const) {
			const records = Array.from({ length: 20 }, () => newRecord(PacketType.RegularMessage, 64).fill(0x42, 19));
			const { write, read } = warm(keys);
			const { parts } = arrived(write, records);
			const { update } = cipher;
			let room: Buffer = Buffer.alloc(0);
			cipher.update = function (this: Cipher, ...args: Parameters<typeof update>) {
				room = Buffer.from((args[0] as unknown as Uint8Array).buffer);
				return update.apply(this, args);
			} as typeof update;
			try {
				assert.ok(open(read, parts[0]!));
			} finally {
				cipher.update = update;
			}
			const text = Buffer.alloc(64, "B");
			assert.ok(room.includes(text), "opened ahead");
			read[over]!();
			assert.ok(!room.includes(text), over);
		}
	});

	it("cannot be opened once the direction is wiped", () => {
		const { write, read } = warm(keys);
		const { parts } = arrived(write, newRecords(4));
		assert.ok(open(read, parts[0]!));
		read.wipe();
		assert.throws(() => open(read, parts[1]!), /wiped/);
	});
});
