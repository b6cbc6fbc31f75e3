/* The project's SHA-256 and HKDF on a chip's instruction set, under QEMU: known answers, through what XS would call. */
#include "console.h"
#include "machine.h"
#include "vectors.h"
#include "xsmc.h"

#define LONGEST 8160

/* XS, as far as the file calls it: arguments are buffers, or a number is where their sizes are. */
static struct {
	void *at;
	uint32_t size;
} arguments[4];

extern void xs_lstcp_sha256(xsMachine *the);
extern void xs_lstcp_hkdf_extract(xsMachine *the);
extern void xs_lstcp_hkdf_expand(xsMachine *the);

xsSlot *lstcp_argument(xsMachine *the, int index)
{
	return (xsSlot *)(arguments + index);
}

void lstcp_get_buffer(xsMachine *the, xsSlot *slot, void **data, xsUnsignedValue *count)
{
	int index = (int)((void *)slot - (void *)arguments) / (int)sizeof(arguments[0]);

	*data = arguments[index].at;
	*count = arguments[index].size;
}

int32_t lstcp_to_integer(xsMachine *the, xsSlot *slot)
{
	void *unused;
	xsUnsignedValue number;

	lstcp_get_buffer(the, slot, &unused, &number);
	return (int32_t)number;
}

void lstcp_throw(xsMachine *the, const char *message)
{
	print(message);
	for (;;)
		;
}

static void give(int index, const void *at, uint32_t size)
{
	arguments[index].at = (void *)at;
	arguments[index].size = size;
}

static int holds(const Vector *vector)
{
	static uint8_t prk[32], okm[LONGEST];
	uint32_t i;

	give(0, vector->salt, vector->saltSize);
	give(1, vector->ikm, vector->ikmSize);
	give(2, prk, sizeof(prk));
	xs_lstcp_hkdf_extract(NULL);
	give(0, prk, sizeof(prk));
	give(1, vector->info, vector->infoSize);
	give(2, okm, vector->size);
	xs_lstcp_hkdf_expand(NULL);
	for (i = 0; i < vector->size; i++)
		if (okm[i] != vector->okm[i])
			return 0;
	return 1;
}

/* FIPS 180-4: its example of 448 bits. */
static int digests(void)
{
	static const char text[] = "abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq";
	static const uint8_t expected[32] = {
		0x24, 0x8d, 0x6a, 0x61, 0xd2, 0x06, 0x38, 0xb8, 0xe5, 0xc0, 0x26, 0x93, 0x0c, 0x3e, 0x60, 0x39,
		0xa3, 0x3c, 0xe4, 0x59, 0x64, 0xff, 0x21, 0x67, 0xf6, 0xec, 0xed, 0xd4, 0x19, 0xdb, 0x06, 0xc1,
	};
	uint8_t digest[5 + 32];
	uint32_t i;

	give(0, text, sizeof(text));
	give(1, NULL, sizeof(text) - 1);
	give(2, digest, sizeof(digest));
	give(3, NULL, 5);
	xs_lstcp_sha256(NULL);
	for (i = 0; i < sizeof(expected); i++)
		if (digest[5 + i] != expected[i])
			return 0;
	return 1;
}

int main(void)
{
	uint32_t i, passed = 0;

	reportPage();
	for (i = 0; i < VECTORS; i++)
		passed += holds(vectors + i);
	report("vectors passed", passed);
	report("digests passed", digests());
	return passed != VECTORS;
}
