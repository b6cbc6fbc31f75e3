import {
	type Cipher,
	createCipheriv,
	createDecipheriv,
	createECDH,
	createHash,
	createHmac,
	randomBytes,
} from "node:crypto";

const TAG = 16;
const SCALAR = 32;
const nothing = Buffer.alloc(0);

/** A text that is sealed or opened in parts. */
interface Parts {
	readonly aead: Aead;
	readonly nonce: Buffer;
	readonly additional: Buffer;
	readonly stream: Cipher;
	readonly plain: Buffer[];
}

/** AES-256-CCM by node:crypto. */
class Aead {
	readonly #key: Buffer;

	constructor(key: Buffer) {
		this.#key = key;
	}

	/** Returns `tag ‖ ciphertext` for `room(16) ‖ plaintext`. */
	seal(nonce: Buffer, additional: Buffer, text: Buffer): Buffer {
		const cipher = createCipheriv("aes-256-ccm", this.#key, nonce, { authTagLength: TAG });
		cipher.setAAD(additional, { plaintextLength: text.length });
		const sealed = cipher.update(text);
		cipher.final();
		return Buffer.concat([cipher.getAuthTag(), sealed]);
	}

	/** The text, or undefined if the tag is wrong. */
	open(nonce: Buffer, additional: Buffer, box: Buffer): Buffer | undefined {
		const decipher = createDecipheriv("aes-256-ccm", this.#key, nonce, { authTagLength: TAG });
		decipher.setAuthTag(box.subarray(0, TAG));
		decipher.setAAD(additional, { plaintextLength: box.length - TAG });
		try {
			// Node 20 checks the tag of an empty text only if it is a view into a longer buffer, as here.
			const text = decipher.update(box.subarray(TAG));
			decipher.final();
			return text;
		} catch {
			return undefined;
		}
	}

	/** RFC 3610 §2.3: the key stream from counter block 1 on. */
	stream(nonce: Buffer): Cipher {
		const counter = Buffer.alloc(16);
		counter[0] = 14 - nonce.length;
		nonce.copy(counter, 1);
		counter[15] = 1;
		return createCipheriv("aes-256-ctr", this.#key, counter);
	}
}

/** P-256: the public key of a scalar or, given another public key, the x-coordinate of the shared point. */
function multiply(scalar: Buffer, share: Buffer): Buffer {
	const ecdh = createECDH("prime256v1");
	ecdh.setPrivateKey(scalar);
	return share.length ? ecdh.computeSecret(Buffer.concat([Buffer.from([4]), share])) : ecdh.getPublicKey().subarray(1);
}

/** HKDF-Expand with SHA-256: RFC 5869 §2.3. */
function expand(prk: Buffer, info: Buffer, length: number): Buffer {
	const blocks: Buffer[] = [];
	for (let count = 1; (count - 1) * 32 < length; count++) {
		const hmac = createHmac("sha256", prk).update(blocks.at(-1) ?? nothing);
		blocks.push(hmac.update(info).update(Buffer.of(count)).digest());
	}
	return Buffer.concat(blocks).subarray(0, length);
}

/** Stands in for the firmware's native code and `crypt`, for one machine: octets in, octets out. `xs/shim/native.js` is the other end. */
export class XsCrypto {
	readonly #objects = new Map<number, Aead | Parts | { mode: string; key: Buffer; cipher?: Cipher }>();
	#ids = 0;

	answer(request: Buffer): Uint8Array {
		const operation = String.fromCharCode(request[0]!);
		const body = Buffer.from(request.subarray(1));
		if (operation === "r") return randomBytes(body.readUInt32BE());
		if (operation === "h") return createHash("sha256").update(body).digest();
		if (operation === "x") {
			const [saltSize, parts] = [body.readUInt32BE(), body.subarray(4)];
			return createHmac("sha256", parts.subarray(0, saltSize)).update(parts.subarray(saltSize)).digest();
		}
		if (operation === "y") {
			const [length, prkSize, parts] = [body.readUInt32BE(), body.readUInt32BE(4), body.subarray(8)];
			return expand(parts.subarray(0, prkSize), parts.subarray(prkSize), length);
		}
		if (operation === "g") return multiply(body.subarray(0, SCALAR), body.subarray(SCALAR));
		if (operation === "k") return this.#keep(new Aead(body));
		if (operation === "m") return this.#keep({ mode: body[0] ? "aes-256-ctr" : "aes-256-cbc", key: body.subarray(1) });
		const id = body.readUInt32BE();
		const rest = body.subarray(4);
		if (operation === "w") {
			this.#objects.delete(id);
			return nothing;
		}
		// biome-ignore lint/suspicious/noExplicitAny: what the operation says that it is
		const object = this.#objects.get(id) as any;
		if (operation === "v") {
			object.cipher = createCipheriv(object.mode, object.key, rest).setAutoPadding(false);
			return nothing;
		}
		if (operation === "u") return object.cipher.update(rest);
		if (operation === "p") return this.#part(object, rest[0] === 1, rest.subarray(1));
		if (operation === "e") return this.#end(id, object);
		const [nonceSize, additionalSize] = [rest[0]!, rest.readUInt16BE(1)];
		const nonce = rest.subarray(3, 3 + nonceSize);
		const additional = rest.subarray(3 + nonceSize, 3 + nonceSize + additionalSize);
		const box = rest.subarray(3 + nonceSize + additionalSize);
		if (operation === "b")
			return this.#keep({ aead: object, nonce, additional, stream: object.stream(nonce), plain: [] });
		if (operation === "s") return object.seal(nonce, additional, box.subarray(TAG));
		if (operation === "o") {
			const text = object.open(nonce, additional, box);
			return text ? Buffer.concat([Buffer.from([1]), text]) : Buffer.from([0]);
		}
		throw new Error(`an unknown operation: ${operation}`);
	}

	#keep(object: Aead | Parts | { mode: string; key: Buffer }): Uint8Array {
		this.#objects.set(++this.#ids, object);
		const id = Buffer.alloc(4);
		id.writeUInt32BE(this.#ids);
		return id;
	}

	#part({ stream, plain }: Parts, opening: boolean, part: Buffer): Uint8Array {
		const other = stream.update(part);
		plain.push(opening ? other : part);
		return other;
	}

	#end(id: number, { aead, nonce, additional, plain }: Parts): Uint8Array {
		this.#objects.delete(id);
		return aead.seal(nonce, additional, Buffer.concat(plain)).subarray(0, TAG);
	}
}
