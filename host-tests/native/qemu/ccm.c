/*
 * The project's CCM on a chip's instruction set, under QEMU: known answers, and instructions counted. Lines that a person and the
 * test read go to the console.
 */
#include "console.h"
#include "fips197.h"
#include "lstcp_ccm.h"
#include "machine.h"
#include "vectors.h"

static int same(const uint8_t *a, const uint8_t *b, uint32_t size)
{
	while (size--)
		if (*a++ != *b++)
			return 0;
	return 1;
}

/* At every address modulo four, at once and in parts of 16 octets. */
static int holds(const Vector *vector)
{
	static uint8_t text[4 + 1024];
	uint8_t tag[LSTCP_BLOCK];
	LstcpKey key;
	LstcpCcm ccm;
	uint32_t at, i;
	int genuine, failed;

	lstcp_ccm_key(&key, vector->key);
	for (at = 0; at < 8; at++) {
		uint8_t *from = text + at % 4;
		uint32_t part = at < 4 ? vector->size : LSTCP_BLOCK;
		for (i = 0; i < vector->size; i++)
			from[i] = vector->sealed[i];
		failed = lstcp_ccm_begin(&key, &ccm, vector->nonce, vector->nonceSize, vector->additional, vector->additionalSize, vector->size);
		for (i = 0; i < vector->size; i += part)
			failed |= lstcp_ccm_open(&key, &ccm, from + i, vector->size - i < part ? vector->size - i : part);
		failed |= lstcp_ccm_tag(&key, &ccm, tag);
		if (failed)
			return 0;
		genuine = lstcp_ccm_equal(tag, vector->tag);
		if (genuine != vector->valid)
			return 0;
		if (!genuine)
			continue;
		if (!same(from, vector->text, vector->size))
			return 0;
		lstcp_ccm_begin(&key, &ccm, vector->nonce, vector->nonceSize, vector->additional, vector->additionalSize, vector->size);
		for (i = 0; i < vector->size; i += part)
			lstcp_ccm_seal(&key, &ccm, from + i, vector->size - i < part ? vector->size - i : part);
		lstcp_ccm_tag(&key, &ccm, tag);
		if (!same(from, vector->sealed, vector->size) || !same(tag, vector->tag, LSTCP_BLOCK))
			return 0;
	}
	return 1;
}

static uint8_t record[3 + LSTCP_BLOCK + 4096];

/* The time to seal a record, whose text begins at an odd address as a record's does. */
static uint32_t seal(LstcpKey *key, uint32_t size)
{
	static const uint8_t nonce[13];
	LstcpCcm ccm;
	uint32_t before = machine_time();

	lstcp_ccm_begin(key, &ccm, nonce, sizeof(nonce), record, 3, size);
	lstcp_ccm_seal(key, &ccm, record + 3 + LSTCP_BLOCK, size);
	lstcp_ccm_tag(key, &ccm, record + 3);
	return machine_time() - before;
}

int main(void)
{
	LstcpKey key;
	uint8_t block[LSTCP_BLOCK] = { 0 };
	uint32_t i, before, passed = 0;

	reportPage();
	for (i = 0; i < VECTORS; i++)
		passed += holds(vectors + i);
	report("vectors passed", passed);
	before = machine_time();
	lstcp_ccm_key(&key, block);
	report("key", machine_time() - before);
	before = machine_time();
	aes_encrypt4(block, block, 14, key.words);
	report("block", machine_time() - before);
	report("seal 20", seal(&key, 20));
	report("seal 256", seal(&key, 256));
	report("seal 1024", seal(&key, 1024));
	report("seal 2048", seal(&key, 2048));
	report("seal 4096", seal(&key, 4096));
	return passed != VECTORS;
}
