import { existsSync } from "node:fs";
import { open, readFile, stat, unlink } from "node:fs/promises";
import { join } from "node:path";
import { toHex } from "../../core/octets.js";
import { Key } from "../key.js";
import { UsageError } from "./exit.js";
import { say } from "./say.js";

const ENVIRONMENT = "LST_KEY";

/** A handshake key and its 64 hex digits. */
export interface WrittenKey {
	readonly key: Key;
	readonly hex: string;
}

/**
 * The handshake key from a file or from the environment; undefined if neither is given.
 * @throws UsageError
 */
export async function findKey(file: string | undefined): Promise<WrittenKey | undefined> {
	if (file !== undefined) return readKeyFile(file);
	const hex = process.env[ENVIRONMENT];
	return hex === undefined ? undefined : parse(hex, `the environment variable ${ENVIRONMENT}`);
}

/** @throws UsageError */
export async function loadKey(file: string | undefined): Promise<WrittenKey> {
	const written = await findKey(file);
	if (written) return written;
	throw new UsageError(
		`there is no key: make one with \`lst keygen --out FILE\` and pass --key-file FILE, or set ${ENVIRONMENT}`,
	);
}

/**
 * Prints a fresh key, or writes it to a new file that only its owner can read: `out`, or the file that a board's manifest
 * includes. Its id goes to standard error.
 */
export async function keygen({ out, board }: { out?: string; board?: string }): Promise<void> {
	const octets = Key.randomOctets();
	const hex = toHex(octets);
	const key = new Key(octets);
	if (board !== undefined) {
		if (!existsSync(join("boards", board)))
			throw new UsageError(`there is no folder boards/${board} here: run it in a clone, for one of its boards`);
		const secrets = { config: { key: hex, networkName: "", networkPassword: "" } };
		await writeNew(join("boards", board, "secrets.json"), `${JSON.stringify(secrets, null, "\t")}\n`);
	} else if (out !== undefined) await writeNew(out, `${hex}\n`);
	else process.stdout.write(`${hex}\n`);
	say(`key id ${key.id}`);
}

async function writeNew(name: string, content: string): Promise<void> {
	try {
		const file = await open(name, "wx", 0o600);
		try {
			await file.writeFile(content);
		} catch (error) {
			await unlink(name);
			throw error;
		} finally {
			await file.close();
		}
		say(`wrote ${name}`);
	} catch (error) {
		const { code, message } = error as NodeJS.ErrnoException;
		if (code === "EEXIST") throw new UsageError(`${name} exists and is left as it is; choose another name`);
		throw new UsageError(`cannot write ${name}: ${message}`);
	}
}

async function readKeyFile(file: string): Promise<WrittenKey> {
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

function parse(hex: string, where: string): WrittenKey {
	try {
		return { key: Key.fromHex(hex), hex: hex.trim() };
	} catch (error) {
		throw new UsageError(`${where} holds no key: ${(error as Error).message}`);
	}
}
