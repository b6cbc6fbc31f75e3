#include "xsmc.h"
#include "mc.xs.h"
#include "xsHost.h"
#include "lstcp_ccm.h"
#include "lstcp_octets.h"

/* Octets of a nonce, and of the iv from which a direction makes its nonces. */
#define NONCE 13
#define IV NONCE
#define CHAIN 32
#define KEYS (LSTCP_KEY + IV + CHAIN)

/*
 * A key; for one direction of a session also its iv, its chain, and the number of records that it has sealed or opened. In memory
 * from malloc, which the garbage collector neither moves nor copies, so that it can be wiped.
 */
typedef struct {
	LstcpKey key;
	uint8_t iv[IV];
	uint8_t chain[CHAIN];
	uint16_t count;
} Direction;

void xs_lstcp_aead_destructor(void *data)
{
	if (!data)
		return;
	lstcp_wipe(data, sizeof(Direction));
	c_free(data);
}

static Direction *directionOf(xsMachine *the)
{
	Direction *direction = xsmcGetHostData(xsThis);

	if (!direction)
		xsUnknownError("the key was wiped");
	return direction;
}

static LstcpKey *keyOf(xsMachine *the)
{
	return &directionOf(the)->key;
}

static void make(xsMachine *the)
{
	Direction *direction = c_calloc(1, sizeof(Direction));

	if (!direction)
		xsUnknownError("no memory for a key");
	xsmcSetHostData(xsThis, direction);
}

/* The first argument's octets: the key, and for a direction also iv and chain. */
static const uint8_t *takeKey(xsMachine *the, Direction *direction, xsUnsignedValue size)
{
	LstcpOctets given = lstcp_readable(the, 0);

	if (given.size != size)
		xsRangeError("a key has 32 octets, a direction's keys have 77");
	lstcp_ccm_key(&direction->key, given.at);
	return given.at + LSTCP_KEY;
}

/* constructor(key: Uint8Array) */
void xs_lstcp_aead(xsMachine *the)
{
	make(the);
	takeKey(the, directionOf(the), LSTCP_KEY);
}

/* wipe() */
void xs_lstcp_aead_wipe(xsMachine *the)
{
	xs_lstcp_aead_destructor(xsmcGetHostData(xsThis));
	xsmcSetHostData(xsThis, NULL);
}

/* rekey(keys: Uint8Array) */
void xs_lstcp_direction_rekey(xsMachine *the)
{
	Direction *direction = directionOf(the);
	const uint8_t *rest = takeKey(the, direction, KEYS);

	c_memcpy(direction->iv, rest, IV);
	c_memcpy(direction->chain, rest + IV, CHAIN);
	direction->count = 0;
}

/* constructor(keys: Uint8Array) */
void xs_lstcp_direction(xsMachine *the)
{
	make(the);
	xs_lstcp_direction_rekey(the);
}

/* copyChain(octets) */
void xs_lstcp_direction_copy_chain(xsMachine *the)
{
	Direction *direction = directionOf(the);

	c_memcpy(lstcp_writable(the, 0, CHAIN, CHAIN).at, direction->chain, CHAIN);
}

static int begin(xsMachine *the, LstcpKey *key, LstcpCcm *ccm, LstcpOctets nonce, LstcpOctets additional, xsUnsignedValue textSize)
{
	if (textSize > (nonce.size == 13 ? 0xffff : 0xffffff))
		xsRangeError("this text is too long for its CCM nonce");
	/* From there on, its length would take six octets (RFC 3610, 2.2). */
	if (additional.size >= 0xff00)
		xsRangeError("this additional data is too long for CCM");
	return lstcp_ccm_begin(key, ccm, nonce.at, nonce.size, additional.at, additional.size, textSize);
}

/* If an accelerator fails, nothing is left that could be taken for sealed or opened. */
static void check(xsMachine *the, int failed, uint8_t *text, xsUnsignedValue size)
{
	if (!failed)
		return;
	lstcp_wipe(text, size);
	xsUnknownError("AES failed");
}

static void seal(xsMachine *the, LstcpKey *key, LstcpOctets nonce, LstcpOctets additional, LstcpOctets box)
{
	LstcpCcm ccm;
	int failed = begin(the, key, &ccm, nonce, additional, box.size - LSTCP_BLOCK);

	failed |= lstcp_ccm_seal(key, &ccm, box.at + LSTCP_BLOCK, box.size - LSTCP_BLOCK);
	failed |= lstcp_ccm_tag(key, &ccm, box.at);
	check(the, failed, box.at, box.size);
}

static int open(xsMachine *the, LstcpKey *key, LstcpOctets nonce, LstcpOctets additional, LstcpOctets box)
{
	LstcpCcm ccm;
	uint8_t tag[LSTCP_BLOCK];
	int genuine, failed = begin(the, key, &ccm, nonce, additional, box.size - LSTCP_BLOCK);

	failed |= lstcp_ccm_open(key, &ccm, box.at + LSTCP_BLOCK, box.size - LSTCP_BLOCK);
	failed |= lstcp_ccm_tag(key, &ccm, tag);
	genuine = lstcp_ccm_equal(tag, box.at);
	/* The tag that would be right must not remain. */
	lstcp_wipe(tag, sizeof(tag));
	check(the, failed, box.at, box.size);
	if (!genuine)
		lstcp_wipe(box.at + LSTCP_BLOCK, box.size - LSTCP_BLOCK);
	return genuine;
}

static LstcpOctets nonceOf(xsMachine *the)
{
	return lstcp_writable(the, 0, 7, 13);
}

static LstcpOctets additionalOf(xsMachine *the)
{
	return lstcp_writable(the, 1, 0, 0xffff);
}

static LstcpOctets boxOf(xsMachine *the)
{
	return lstcp_writable(the, 2, LSTCP_BLOCK, LSTCP_BLOCK + 0xffffff);
}

/* seal(nonce, additional, box) */
void xs_lstcp_aead_seal(xsMachine *the)
{
	seal(the, keyOf(the), nonceOf(the), additionalOf(the), boxOf(the));
}

/* open(nonce, additional, box): boolean */
void xs_lstcp_aead_open(xsMachine *the)
{
	int genuine = open(the, keyOf(the), nonceOf(the), additionalOf(the), boxOf(the));

	xsmcSetBoolean(xsResult, genuine);
}

/* A packet's nonce, additional data and box, from (packet, header, room, at, size). */
typedef struct {
	LstcpOctets nonce, additional, box;
} Packet;

static void takePacket(xsMachine *the, Packet *packet)
{
	xsUnsignedValue header = (xsUnsignedValue)xsmcToInteger(xsArg(1));
	xsUnsignedValue at = (xsUnsignedValue)xsmcToInteger(xsArg(3));
	xsUnsignedValue size = (xsUnsignedValue)xsmcToInteger(xsArg(4));
	LstcpOctets whole = lstcp_writable(the, 0, NONCE + LSTCP_BLOCK, 0xffff);
	LstcpOctets room = lstcp_writable(the, 2, 0, 0xffff);

	if (header > whole.size - NONCE - LSTCP_BLOCK || at > room.size || size > room.size - at)
		xsRangeError("a packet has its header, a nonce and a tag");
	packet->nonce.at = whole.at + header;
	packet->nonce.size = NONCE;
	packet->additional.at = room.at + at;
	packet->additional.size = size;
	packet->box.at = packet->nonce.at + NONCE;
	packet->box.size = whole.size - header - NONCE;
}

/* sealPacket(packet, header, room, at, size) */
void xs_lstcp_aead_seal_packet(xsMachine *the)
{
	LstcpKey *key = keyOf(the);
	Packet packet;

	takePacket(the, &packet);
	seal(the, key, packet.nonce, packet.additional, packet.box);
}

/* openPacket(packet, header, room, at, size): boolean */
void xs_lstcp_aead_open_packet(xsMachine *the)
{
	LstcpKey *key = keyOf(the);
	Packet packet;
	int genuine;

	takePacket(the, &packet);
	genuine = open(the, key, packet.nonce, packet.additional, packet.box);
	xsmcSetBoolean(xsResult, genuine);
}

/* The next record's nonce, header and box, from (record, header). */
typedef struct {
	uint8_t iv[IV];
	LstcpOctets nonce, header, box;
} Record;

static void takeRecord(xsMachine *the, Direction *direction, Record *record)
{
	xsUnsignedValue header = (xsUnsignedValue)xsmcToInteger(xsArg(1));
	LstcpOctets whole = lstcp_writable(the, 0, LSTCP_BLOCK, 0xffffff);

	if (header > whole.size - LSTCP_BLOCK)
		xsRangeError("a record has its header and a tag");
	c_memcpy(record->iv, direction->iv, IV);
	record->iv[IV - 2] ^= direction->count >> 8;
	record->iv[IV - 1] ^= direction->count;
	record->nonce.at = record->iv;
	record->nonce.size = IV;
	record->header.at = whole.at;
	record->header.size = header;
	record->box.at = whole.at + header;
	record->box.size = whole.size - header;
}

/* Counts a record that was sealed or opened; returns whether it was the last under its key. */
static int advance(Direction *direction)
{
	return ++direction->count == 0;
}

/* sealNext(record, header): boolean */
void xs_lstcp_direction_seal_next(xsMachine *the)
{
	Direction *direction = directionOf(the);
	Record record;

	takeRecord(the, direction, &record);
	seal(the, &direction->key, record.nonce, record.header, record.box);
	xsmcSetBoolean(xsResult, advance(direction));
}

/* openNext(record, header): 0, 1 or 2 */
void xs_lstcp_direction_open_next(xsMachine *the)
{
	Direction *direction = directionOf(the);
	Record record;
	int opened;

	takeRecord(the, direction, &record);
	opened = open(the, &direction->key, record.nonce, record.header, record.box);
	xsmcSetInteger(xsResult, opened ? opened + advance(direction) : 0);
}

static uint8_t *stateOf(xsMachine *the, int argument)
{
	return lstcp_writable(the, argument, sizeof(LstcpCcm), sizeof(LstcpCcm)).at;
}

/* begin(record, header, state) */
void xs_lstcp_direction_begin(xsMachine *the)
{
	Direction *direction = directionOf(the);
	Record record;
	LstcpCcm ccm;
	uint8_t *state = stateOf(the, 2);
	int failed;

	takeRecord(the, direction, &record);
	failed = begin(the, &direction->key, &ccm, record.nonce, record.header, record.box.size - LSTCP_BLOCK);
	c_memcpy(state, &ccm, sizeof(ccm));
	lstcp_wipe(&ccm, sizeof(ccm));
	check(the, failed, record.box.at, record.box.size);
}

/* work(state, part, opening): all parts except the last have whole blocks. */
void xs_lstcp_direction_work(xsMachine *the)
{
	LstcpKey *key = keyOf(the);
	LstcpCcm ccm;
	uint8_t *state = stateOf(the, 0);
	LstcpOctets part = lstcp_writable(the, 1, 0, 0xffffff);
	int failed;

	c_memcpy(&ccm, state, sizeof(ccm));
	if (xsmcToBoolean(xsArg(2)))
		failed = lstcp_ccm_open(key, &ccm, part.at, part.size);
	else
		failed = lstcp_ccm_seal(key, &ccm, part.at, part.size);
	c_memcpy(state, &ccm, sizeof(ccm));
	lstcp_wipe(&ccm, sizeof(ccm));
	check(the, failed, part.at, part.size);
}

/* end(state): writes the tag to the beginning of the state. */
void xs_lstcp_direction_end(xsMachine *the)
{
	LstcpKey *key = keyOf(the);
	LstcpCcm ccm;
	uint8_t *state = stateOf(the, 0);

	c_memcpy(&ccm, state, sizeof(ccm));
	check(the, lstcp_ccm_tag(key, &ccm, state), state, LSTCP_BLOCK);
}

/* advance(): boolean */
void xs_lstcp_direction_advance(xsMachine *the)
{
	xsmcSetBoolean(xsResult, advance(directionOf(the)));
}
