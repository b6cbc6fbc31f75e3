import assert from "node:assert/strict";
import crypto, { randomBytes } from "node:crypto";
import { closeSync, existsSync, openSync, readFileSync, readSync } from "node:fs";
import { syncBuiltinESMExports } from "node:module";
import { nodeCrypto } from "../../src/node/crypto.js";
import { ccmCrypto, freeContexts } from "../helpers/crypto.js";

describe("AES-256-CCM on Node.js", () => {
	before(freeContexts);

	it("matches the portable CCM for short and long texts in any order, and refuses and wipes altered ones", () => {
		const key = randomBytes(32);
		const [own, other] = [nodeCrypto.aead(key), ccmCrypto.aead(key)];
		for (let i = 0; i < 3_000; i++) {
			const nonce = randomBytes(13);
			const additional = randomBytes(((i * 3) % 330) + 1);
			const box = new Uint8Array(16 + ((i * 7) % 400));
			box.set(randomBytes(box.length - 16), 16);
			const text = box.slice(16);
			const expected = box.slice();
			other.seal(nonce, additional, expected);
			own.seal(nonce, additional, box);
			assert.deepEqual(box, expected, `sealed, ${text.length} octets`);
			const wrong = box.slice();
			wrong[i % wrong.length]! ^= 1 << (i % 8);
			assert.ok(!own.open(nonce, additional, wrong), "a wrong bit");
			assert.ok(
				wrong.subarray(16).every((octet) => octet === 0),
				"wiped",
			);
			assert.ok(own.open(nonce, additional, box));
			assert.deepEqual(box.subarray(16), text);
		}
	});

	/** Passes `work` a list to which the algorithms of the ciphers that are made meanwhile are added. */
	function noteCiphers(work: (made: string[]) => void): void {
		const { createCipheriv, createDecipheriv } = crypto;
		const made: string[] = [];
		const noting =
			<A extends [string, ...never[]], C>(make: (...args: A) => C) =>
			(...args: A) => {
				made.push(args[0]);
				return make(...args);
			};
		crypto.createCipheriv = noting(createCipheriv as never) as typeof createCipheriv;
		crypto.createDecipheriv = noting(createDecipheriv as never) as typeof createDecipheriv;
		syncBuiltinESMExports();
		try {
			work(made);
		} finally {
			Object.assign(crypto, { createCipheriv, createDecipheriv });
			syncBuiltinESMExports();
		}
	}

	it("a key's first two records create no long-lived cipher contexts, and do not open with a wrong bit", () => {
		noteCiphers((made) => {
			const keys = randomBytes(77);
			const [write, read] = [nodeCrypto.direction(keys), nodeCrypto.direction(keys)];
			const expected = ccmCrypto.direction(keys);
			for (const contexts of [0, 0, 2, 2]) {
				const record = Uint8Array.of(1, 0, 20, ...new Uint8Array(16), ...randomBytes(20));
				const other = record.slice();
				write.seal(record, 3);
				expected.seal(other, 3);
				assert.deepEqual(record, other);
				assert.ok(read.open(record, 3));
				assert.equal(made.filter((algorithm) => algorithm === "aes-256-ecb").length, contexts);
			}
			for (let octet = 0; octet < 17; octet++)
				for (const number of [0, 1]) {
					const [write, read] = [nodeCrypto.direction(keys), nodeCrypto.direction(keys)];
					const keepAlives = [0, 1].map(() => new Uint8Array(17).fill(5, 0, 1));
					for (const record of keepAlives) write.seal(record, 1);
					keepAlives[number]![octet]! ^= 1;
					if (number) assert.ok(read.open(keepAlives[0]!, 1));
					assert.ok(!read.open(keepAlives[number]!, 1), `octet ${octet} of record ${number}`);
				}
		});
	});

	it("a handshake key makes no contexts that live on for its first three packets", () => {
		noteCiphers((made) => {
			const aead = nodeCrypto.aead(randomBytes(32));
			for (const contexts of [0, 0, 0, 1, 1]) {
				aead.seal(randomBytes(13), Uint8Array.of(1), new Uint8Array(36));
				assert.equal(made.filter((algorithm) => algorithm === "aes-256-ecb").length, contexts);
			}
			aead.wipe();
		});
	});

	it("more keys than cipher contexts do not keep taking contexts from each other when used in turn", () => {
		const box = new Uint8Array(36);
		const sealBy = (some: typeof aeads) => {
			for (const aead of some) aead.seal(new Uint8Array(13), Uint8Array.of(1), box);
		};
		const aeads = Array.from({ length: 600 }, () => nodeCrypto.aead(randomBytes(32)));
		// The first three times each goes without.
		for (let round = 0; round < 4; round++) sealBy(aeads);
		noteCiphers((made) => {
			for (let round = 0; round < 10; round++) sealBy(aeads);
			const contexts = made.filter((algorithm) => algorithm === "aes-256-ecb").length;
			assert.ok(contexts > 0 && contexts < 40, `${contexts} contexts`);
			for (let round = 0; round < 300; round++) sealBy(aeads.slice(0, 10));
			made.length = 0;
			sealBy(aeads.slice(0, 10));
			assert.deepEqual(made, [], "keys that stay in use alone keep theirs");
		});
		for (const aead of aeads) aead.wipe();
	});

	it("a KeepAlive whose tag is wrong does not open", () => {
		// Without additional data it is opened by OpenSSL's own CCM, as it is if other keys have all contexts.
		for (const additional of [Uint8Array.of(5), new Uint8Array(0)]) {
			const aead = nodeCrypto.aead(randomBytes(32));
			const nonce = randomBytes(13);
			for (let bit = 0; bit < 128; bit++) {
				const box = new Uint8Array(16);
				aead.seal(nonce, additional, box);
				box[bit >> 3]! ^= 1 << (bit & 7);
				assert.ok(!aead.open(nonce, additional, box));
			}
		}
	});
});

const MEMORY = "/proc/self/mem";
const MASK = 0xa5;
const chunk = Buffer.allocUnsafeSlow(1 << 20);

/** Whether 32 octets are in this program's memory. They are passed masked, so that the argument itself is not found. */
function isInMemory(masked: Uint8Array): boolean {
	const begin = Buffer.from(masked.subarray(0, 16)).map((octet) => octet ^ MASK);
	const holds = (read: Buffer, at: number) => masked.every((octet, i) => ((read[at + i] ?? 0) ^ MASK) === octet);
	const memory = openSync(MEMORY, "r");
	try {
		for (const [, from, to] of readFileSync("/proc/self/maps", "latin1").matchAll(/^([\da-f]+)-([\da-f]+) rw/gm)) {
			const [first, end] = [Number.parseInt(from!, 16), Number.parseInt(to!, 16)];
			for (let at = first; at < end; at += chunk.length - 64) {
				const read = chunk.subarray(0, readMemory(memory, Math.min(chunk.length, end - at), at));
				for (let i = -1; (i = read.indexOf(begin, i + 1)) >= 0; ) if (holds(read, i)) return true;
			}
		}
		return false;
	} finally {
		closeSync(memory);
		chunk.fill(0);
	}
}

/** How many octets were read into `chunk`: none if the address cannot be read. */
function readMemory(memory: number, size: number, at: number): number {
	try {
		return readSync(memory, chunk, 0, size, at);
	} catch {
		return 0;
	}
}

describe("keys in memory (skipped where there is no /proc)", function () {
	this.timeout(30_000);
	before(function () {
		if (!existsSync(MEMORY)) this.skip();
	});

	/** A direction, and its key, masked. */
	function newDirection() {
		const keys = randomBytes(77);
		const masked = Uint8Array.from({ length: 32 }, (_, i) => keys[i]! ^ MASK);
		const direction = nodeCrypto.direction(keys);
		keys.fill(0);
		return { direction, masked };
	}
	const record = (text: number) => Uint8Array.of(1, text >> 8, text & 0xff, ...new Uint8Array(16 + text));

	for (const [how, ...texts] of [
		["short records", 20, 20, 20],
		["long records", 5_000],
		["short and long records", 20, 5_000, 20],
	] as [string, ...number[]][])
		it(`do not stay in memory once the direction that has sealed ${how} is wiped`, () => {
			const { direction, masked } = newDirection();
			for (const text of texts) direction.seal(record(text), 3);
			assert.ok(isInMemory(masked), "found while it is in use");
			direction.wipe();
			assert.ok(!isInMemory(masked));
		});

	it("do not stay in memory once a direction is wiped that has failed to open a record", () => {
		for (const text of [20, 5_000]) {
			const { direction, masked } = newDirection();
			assert.ok(!direction.open(record(text), 3));
			direction.wipe();
			assert.ok(!isInMemory(masked));
		}
	});

	it("do not stay in memory after a ratchet has replaced them", () => {
		const { direction, masked } = newDirection();
		for (let i = 0; i < 65_535; i++) direction.seal(Uint8Array.of(5, ...new Uint8Array(16)), 1);
		assert.ok(isInMemory(masked), "found while it is in use");
		direction.seal(Uint8Array.of(5, ...new Uint8Array(16)), 1);
		assert.ok(!isInMemory(masked));
		direction.wipe();
	});
});
