import { open, readFile, stat } from "node:fs/promises";
import { toHex } from "../../core/octets.js";
import { Key } from "../key.js";
import { UsageError } from "./exit.js";
import { say } from "./say.js";

const ENVIRONMENT = "LST_KEY";

/**
 * The handshake key from a file or from the environment; undefined where neither is given.
 * @throws UsageError
 */
export async function findKey(file: string | undefined): Promise<Key | undefined> {
	if (file !== undefined) return readKeyFile(file);
	const hex = process.env[ENVIRONMENT];
	return hex === undefined ? undefined : parse(hex, `the environment variable ${ENVIRONMENT}`);
}

/** @throws UsageError */
export async function loadKey(file: string | undefined): Promise<Key> {
	const key = await findKey(file);
	if (key) return key;
	throw new UsageError(
		`there is no key: make one with \`lst keygen --out FILE\` and pass --key-file FILE, or set ${ENVIRONMENT}`,
	);
}

/** Prints a fresh key, or writes it to a new file that only its owner can read; its id goes to standard error. */
export async function keygen(out: string | undefined): Promise<void> {
	const octets = Key.randomOctets();
	const hex = `${toHex(octets)}\n`;
	const key = new Key(octets);
	if (out === undefined) process.stdout.write(hex);
	else {
		try {
			const file = await open(out, "wx", 0o600);
			await file.writeFile(hex);
			await file.close();
		} catch (error) {
			const code = (error as NodeJS.ErrnoException).code;
			if (code === "EEXIST") throw new UsageError(`${out} exists and is left as it is; choose another name`);
			throw new UsageError(`cannot write ${out}: ${(error as Error).message}`);
		}
	}
	say(`key id ${key.id}`);
}

async function readKeyFile(file: string): Promise<Key> {
	let text: string;
	try {
		const { mode } = await stat(file);
		if (process.platform !== "win32" && mode & 0o077)
			say(`warning: others can read or write ${file}; protect the key with \`chmod 600 ${file}\``);
		text = await readFile(file, "utf8");
	} catch (error) {
		const { code, message } = error as NodeJS.ErrnoException;
		if (code === "ENOENT")
			throw new UsageError(`there is no key file ${file}; make one with \`lst keygen --out ${file}\``);
		throw new UsageError(`cannot read the key file ${file}: ${message}`);
	}
	return parse(text, `the key file ${file}`);
}

function parse(hex: string, where: string): Key {
	try {
		return Key.fromHex(hex);
	} catch (error) {
		throw new UsageError(`${where} holds no key: ${(error as Error).message}`);
	}
}
