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
	xsUnsignedValue count;

	if (!key)
		xsUnknownError("no memory for a key");
	xsmcSetHostData(xsThis, key);
	xsmcGetBufferReadable(xsArg(0), &octets, &count);
	if (count != 32)
		xsRangeError("a key has 32 octets");
	lstcp_ccm_key(key, octets);
}

/* wipe() */
void xs_lstcp_aead_wipe(xsMachine *the)
{
	xs_lstcp_aead_destructor(xsmcGetHostData(xsThis));
	xsmcSetHostData(xsThis, NULL);
}

/* The first arguments of seal, open and begin: nonce and additional data; the pointers are good until XS allocates. */
static void begin(xsMachine *the, LstcpKey *key, LstcpCcm *ccm, xsUnsignedValue textSize)
{
	void *nonce, *additional;
	xsUnsignedValue nonceSize, additionalSize;

	xsmcGetBufferReadable(xsArg(0), &nonce, &nonceSize);
	xsmcGetBufferReadable(xsArg(1), &additional, &additionalSize);
	if (nonceSize < 7 || nonceSize > 13)
		xsRangeError("a CCM nonce has 7 to 13 octets");
	if (additionalSize >= 0xff00)
		xsRangeError("CCM takes at most 65,279 octets of additional data here");
	if (textSize > (nonceSize == 13 ? 0xffff : 0xffffff))
		xsRangeError("this text is too long for its CCM nonce");
	lstcp_ccm_begin(key, ccm, nonce, nonceSize, additional, additionalSize, textSize);
}

static uint8_t *boxOf(xsMachine *the, xsUnsignedValue *size)
{
	void *box;

	xsmcGetBufferWritable(xsArg(2), &box, size);
	if (*size < LSTCP_BLOCK)
		xsRangeError("a box has room for its tag");
	return box;
}

/* seal(nonce, additional, box) */
void xs_lstcp_aead_seal(xsMachine *the)
{
	LstcpKey *key = keyOf(the);
	LstcpCcm ccm;
	xsUnsignedValue size;
	uint8_t *box = boxOf(the, &size);

	begin(the, key, &ccm, size - LSTCP_BLOCK);
	lstcp_ccm_seal(key, &ccm, box + LSTCP_BLOCK, size - LSTCP_BLOCK);
	lstcp_ccm_tag(key, &ccm, box);
}

/* open(nonce, additional, box): boolean */
void xs_lstcp_aead_open(xsMachine *the)
{
	LstcpKey *key = keyOf(the);
	LstcpCcm ccm;
	uint8_t tag[LSTCP_BLOCK];
	xsUnsignedValue size;
	uint8_t *box = boxOf(the, &size);
	int genuine;

	begin(the, key, &ccm, size - LSTCP_BLOCK);
	lstcp_ccm_open(key, &ccm, box + LSTCP_BLOCK, size - LSTCP_BLOCK);
	lstcp_ccm_tag(key, &ccm, tag);
	genuine = lstcp_ccm_equal(tag, box);
	if (!genuine)
		lstcp_wipe(box + LSTCP_BLOCK, size - LSTCP_BLOCK);
	xsmcSetBoolean(xsResult, genuine);
}

static uint8_t *stateOf(xsMachine *the, int argument)
{
	void *state;
	xsUnsignedValue size;

	xsmcGetBufferWritable(xsArg(argument), &state, &size);
	if (size != sizeof(LstcpCcm))
		xsRangeError("not a state of this AEAD");
	return state;
}

/* begin(nonce, additional, state, textSize): what is sealed or opened in parts begins. */
void xs_lstcp_aead_begin(xsMachine *the)
{
	LstcpCcm ccm;

	begin(the, keyOf(the), &ccm, (xsUnsignedValue)xsmcToInteger(xsArg(3)));
	c_memcpy(stateOf(the, 2), &ccm, sizeof(ccm));
}

/* work(state, part, opening): all parts but the last have whole blocks. */
void xs_lstcp_aead_work(xsMachine *the)
{
	LstcpKey *key = keyOf(the);
	LstcpCcm ccm;
	uint8_t *state = stateOf(the, 0);
	void *part;
	xsUnsignedValue size;

	xsmcGetBufferWritable(xsArg(1), &part, &size);
	c_memcpy(&ccm, state, sizeof(ccm));
	if (xsmcToBoolean(xsArg(2)))
		lstcp_ccm_open(key, &ccm, part, size);
	else
		lstcp_ccm_seal(key, &ccm, part, size);
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
