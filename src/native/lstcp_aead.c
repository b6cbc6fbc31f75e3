#include "xsmc.h"
#include "mc.xs.h"
#include "xsHost.h"
#include "lstcp_ccm.h"

/* The key schedule is in memory of its own, which the garbage collector neither moves nor copies, so that it can be wiped. */
void xs_lstcp_aead_destructor(void *data)
{
	if (!data)
		return;
	lstcp_wipe(data, sizeof(LstcpKey));
	c_free(data);
}

static LstcpKey *keyOf(xsMachine *the)
{
	LstcpKey *key = xsmcGetHostData(xsThis);

	if (!key)
		xsUnknownError("the key was wiped");
	return key;
}

/* constructor(key: Uint8Array) */
void xs_lstcp_aead(xsMachine *the)
{
	LstcpKey *key = c_malloc(sizeof(LstcpKey));
	void *octets;
	xsUnsignedValue size;

	if (!key)
		xsUnknownError("no memory for a key");
	xsmcSetHostData(xsThis, key);
	xsmcGetBufferReadable(xsArg(0), &octets, &size);
	if (size != 32)
		xsRangeError("a key has 32 octets");
	lstcp_ccm_key(key, octets);
}

/* wipe() */
void xs_lstcp_aead_wipe(xsMachine *the)
{
	xs_lstcp_aead_destructor(xsmcGetHostData(xsThis));
	xsmcSetHostData(xsThis, NULL);
}

/* Octets and how many; the pointer is good until XS allocates. */
typedef struct {
	uint8_t *at;
	xsUnsignedValue size;
} Octets;

static Octets octetsOf(xsMachine *the, int argument, xsUnsignedValue least, xsUnsignedValue most)
{
	void *at;
	Octets octets;

	xsmcGetBufferWritable(xsArg(argument), &at, &octets.size);
	octets.at = at;
	if (octets.size < least || octets.size > most)
		xsRangeError("a nonce, additional data or a text of a size that CCM cannot take");
	return octets;
}

static void begin(xsMachine *the, LstcpKey *key, LstcpCcm *ccm, Octets nonce, Octets additional, xsUnsignedValue textSize)
{
	if (textSize > (nonce.size == 13 ? 0xffff : 0xffffff))
		xsRangeError("this text is too long for its CCM nonce");
	lstcp_ccm_begin(key, ccm, nonce.at, nonce.size, additional.at, additional.size, textSize);
}

static void seal(xsMachine *the, LstcpKey *key, Octets nonce, Octets additional, Octets box)
{
	LstcpCcm ccm;

	begin(the, key, &ccm, nonce, additional, box.size - LSTCP_BLOCK);
	lstcp_ccm_seal(key, &ccm, box.at + LSTCP_BLOCK, box.size - LSTCP_BLOCK);
	lstcp_ccm_tag(key, &ccm, box.at);
}

static void open(xsMachine *the, LstcpKey *key, Octets nonce, Octets additional, Octets box)
{
	LstcpCcm ccm;
	uint8_t tag[LSTCP_BLOCK];
	int genuine;

	begin(the, key, &ccm, nonce, additional, box.size - LSTCP_BLOCK);
	lstcp_ccm_open(key, &ccm, box.at + LSTCP_BLOCK, box.size - LSTCP_BLOCK);
	lstcp_ccm_tag(key, &ccm, tag);
	genuine = lstcp_ccm_equal(tag, box.at);
	if (!genuine)
		lstcp_wipe(box.at + LSTCP_BLOCK, box.size - LSTCP_BLOCK);
	xsmcSetBoolean(xsResult, genuine);
}

static Octets nonceOf(xsMachine *the)
{
	return octetsOf(the, 0, 7, 13);
}

static Octets additionalOf(xsMachine *the)
{
	return octetsOf(the, 1, 0, 0xfeff);
}

static Octets boxOf(xsMachine *the)
{
	return octetsOf(the, 2, LSTCP_BLOCK, LSTCP_BLOCK + 0xffffff);
}

/* seal(nonce, additional, box) */
void xs_lstcp_aead_seal(xsMachine *the)
{
	seal(the, keyOf(the), nonceOf(the), additionalOf(the), boxOf(the));
}

/* open(nonce, additional, box): boolean */
void xs_lstcp_aead_open(xsMachine *the)
{
	open(the, keyOf(the), nonceOf(the), additionalOf(the), boxOf(the));
}

/* A record's nonce, from (iv, count), its header and its box, from (record, header). */
typedef struct {
	uint8_t nonce[13];
	Octets header, box;
} Record;

static Octets takeRecord(xsMachine *the, Record *record)
{
	xsIntegerValue count = xsmcToInteger(xsArg(1));
	xsUnsignedValue header = (xsUnsignedValue)xsmcToInteger(xsArg(3));
	Octets iv = octetsOf(the, 0, sizeof(record->nonce), 0xffff);
	Octets nonce = { record->nonce, sizeof(record->nonce) };

	record->box = octetsOf(the, 2, header + LSTCP_BLOCK, 0xfffff);
	record->header.at = record->box.at;
	record->header.size = header;
	record->box.at += header;
	record->box.size -= header;
	c_memcpy(record->nonce, iv.at, sizeof(record->nonce));
	record->nonce[11] ^= count >> 8;
	record->nonce[12] ^= count;
	return nonce;
}

/* sealRecord(iv, count, record, header) */
void xs_lstcp_aead_seal_record(xsMachine *the)
{
	Record record;
	Octets nonce = takeRecord(the, &record);

	seal(the, keyOf(the), nonce, record.header, record.box);
}

/* openRecord(iv, count, record, header): boolean */
void xs_lstcp_aead_open_record(xsMachine *the)
{
	Record record;
	Octets nonce = takeRecord(the, &record);

	open(the, keyOf(the), nonce, record.header, record.box);
}

static uint8_t *stateOf(xsMachine *the, int argument)
{
	return octetsOf(the, argument, sizeof(LstcpCcm), sizeof(LstcpCcm)).at;
}

/* begin(nonce, additional, state, textSize): what is sealed or opened in parts begins. */
void xs_lstcp_aead_begin(xsMachine *the)
{
	LstcpCcm ccm;

	begin(the, keyOf(the), &ccm, nonceOf(the), additionalOf(the), (xsUnsignedValue)xsmcToInteger(xsArg(3)));
	c_memcpy(stateOf(the, 2), &ccm, sizeof(ccm));
}

/* work(state, part, opening): all parts but the last have whole blocks. */
void xs_lstcp_aead_work(xsMachine *the)
{
	LstcpKey *key = keyOf(the);
	LstcpCcm ccm;
	uint8_t *state = stateOf(the, 0);
	Octets part = octetsOf(the, 1, 0, 0xffffff);

	c_memcpy(&ccm, state, sizeof(ccm));
	if (xsmcToBoolean(xsArg(2)))
		lstcp_ccm_open(key, &ccm, part.at, part.size);
	else
		lstcp_ccm_seal(key, &ccm, part.at, part.size);
	c_memcpy(state, &ccm, sizeof(ccm));
}

/* end(state): the tag stands in the state's beginning. */
void xs_lstcp_aead_end(xsMachine *the)
{
	LstcpCcm ccm;
	uint8_t *state = stateOf(the, 0);

	c_memcpy(&ccm, state, sizeof(ccm));
	lstcp_ccm_tag(keyOf(the), &ccm, state);
}
