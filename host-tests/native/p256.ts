import assert from "node:assert/strict";
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { ecdhTests } from "../helpers/vectors.js";
import type { Chip } from "./chips.js";
import { Emulator } from "./emulate.js";

const sdk = process.env.MODDABLE ?? "";
const VECTORS = 4;

/** Why the SDK's arithmetic is not available, or undefined. */
export const noSdk = () => (existsSync(join(sdk, "modules", "crypt", "arith")) ? undefined : "MODDABLE is not set");

/** A number as XS has it: words, the lowest first. */
const words = (hex: string) =>
	`(const uint32_t[]){ ${hex
		.slice(-64)
		.padStart(64, "0")
		.match(/.{8}/g)!
		.map((word) => `0x${word}`)
		.reverse()
		.join(", ")} }`;

function vectors(): string {
	const numbers = ecdhTests
		.filter(({ result }) => result === "valid")
		.map(({ public: point, private: scalar, shared }) =>
			[scalar, point.slice(2, 66), point.slice(66), shared].map((hex) => hex.slice(-64).padStart(64, "0")),
		);
	// XS does not store leading words of zeros.
	const full = numbers.filter((fields) => fields.every((hex) => !hex.startsWith("00000000")));
	const rows = full.slice(0, VECTORS).map((fields) => `\t{ ${fields.map(words).join(", ")} },`);
	return `#include <stdint.h>
typedef struct { const uint32_t *scalar, *x, *y, *shared; } Vector;

#define VECTORS ${rows.length}
static const Vector vectors[VECTORS] = {
${rows.join("\n")}
};
#define P ${words("ffffffff00000001000000000000000000000000ffffffffffffffffffffffff")}
#define A ${words("ffffffff00000001000000000000000000000000fffffffffffffffffffffffc")}
#define B ${words("5ac635d8aa3a93e7b3ebbd55769886bc651d06b0cc53b0f63bce3c3e27d2604b")}
`;
}

/** What the SDK's arithmetic uses of XS. */
const XS = `#ifndef __XSALL__
#define __XSALL__
#include <stddef.h>
#include <stdint.h>
typedef uint8_t txU1;
typedef uint16_t txU2;
typedef uint32_t txU4;
typedef int32_t txS4;
typedef uint64_t txU8;
typedef int64_t txS8;
typedef int32_t txBoolean;
typedef struct { txU4 *data; txU2 size; txU1 sign; } txBigInt;
typedef struct { int kind; struct { txBigInt bigint; } value; } txSlot, xsSlot;
typedef struct { int unused; } txMachine, xsMachine;
#define XS_BIGINT_KIND 1
#define XS_NOT_ENOUGH_MEMORY_EXIT 1
#define C_NULL NULL
#define mxCompile 1
#define mxBigIntHighWord(x) ((txU4)((x) >> 32))
#define mxBigIntLowWord(x) ((txU4)(x))
#define mxBigIntWordSize 32
#define mxBigInt_meter(N)
#define c_memcpy memcpy
#define c_memset memset
#define c_memmove memmove
void *memcpy(void *to, const void *from, size_t count);
void *memset(void *octets, int value, size_t count);
void *memmove(void *to, const void *from, size_t count);
extern void fxAbort(txMachine *the, int status);
`;

/** The part of a file between two lines. */
function between(text: string, begin: string, end: string): string {
	const [from, to] = [text.indexOf(begin), text.lastIndexOf(end)];
	assert.ok(from >= 0 && to > from, `${begin} … ${end}`);
	return text.slice(from, to);
}

/**
 * What a multiplication of the SDK's costs on a chip, which it does by XS's own arithmetic: that is taken out of its
 * file, since the rest of XS does not run there without an operating system.
 */
export function countMultiplication(chip: Chip): { instructions: number; numbers: number } {
	const emulator = new Emulator(chip);
	try {
		const source = (name: string) => readFileSync(join(sdk, "xs", "sources", name), "utf8");
		const declared = source("xsAll.h").match(/^mxExport [^;]*fxBigInt_[a-z0-9]+\([^;]*;$/gim) ?? [];
		const usable = declared.filter((line) => !/txSlot|txString|txNumber/.test(line));
		emulator.write("xsAll.h", `${XS}${usable.join("\n").replaceAll("mxExport", "extern")}\n#endif\n`);
		emulator.write("xsmc.h", "");
		const numbers = source("xsBigInt.c");
		const head = between(numbers, "#ifndef howmany", "#ifdef mxMetering");
		const constants = head.slice(0, head.indexOf("#ifdef mxMetering"));
		const arithmetic = between(numbers, "int fxBigInt_comp(", "#ifdef mxMetering");
		emulator.write("xsBigInt.c", `#include "xsAll.h"\n${constants}${arithmetic}`);
		emulator.write("vectors.h", vectors());
		const arith = join(sdk, "modules", "crypt", "arith");
		const files = [join(emulator.folder, "xsBigInt.c"), join(arith, "xsBigIntEx.c")];
		const reported = emulator.run("p256.c", [...files, `-I${arith}`, "-w"]);
		assert.equal(reported["vectors passed"], VECTORS);
		const instructions = Emulator.instructions(reported, "all multiplications") / VECTORS;
		return { instructions: Math.round(instructions), numbers: reported["numbers at once"]! };
	} finally {
		emulator.close();
	}
}
