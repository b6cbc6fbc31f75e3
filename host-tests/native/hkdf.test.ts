import assert from "node:assert/strict";
import { join } from "node:path";
import { hkdfTests } from "../helpers/vectors.js";
import { octets, root, vectorsInC } from "./chips.js";
import { underQemu } from "./emulate.js";

const valid = hkdfTests.filter(({ result }) => result === "valid");

const FIELDS = `uint32_t saltSize, ikmSize, infoSize, size;
	const uint8_t *salt, *ikm, *info, *okm;`;
const vectors = vectorsInC(
	FIELDS,
	valid.map(({ salt, ikm, info, okm }) => {
		const fields = [salt, ikm, info, okm];
		return [...fields.map((hex) => hex.length / 2), ...fields.map(octets)];
	}),
);

underQemu("SHA-256 and HKDF", vectors, (_chip, emulator) => {
	it("passes Wycheproof's tests, and FIPS 180-4's example", () => {
		const [native, here] = [join(root, "src", "native"), join(root, "host-tests", "native", "qemu")];
		const sources = [
			join(native, "lstcp_hkdf.c"),
			join(native, "lstcp_wipe.c"),
			join(here, "sha256.c"),
			join(here, "aes.c"),
		];
		const reported = emulator.run("hkdf.c", [...sources, `-I${native}`]);
		assert.equal(reported["vectors passed"], valid.length);
		assert.equal(reported["digests passed"], 1);
	});
});
