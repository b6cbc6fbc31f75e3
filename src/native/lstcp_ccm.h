/*
 * AES-256-CCM (RFC 3610) with a 16-octet tag. Nonces have 7 to 13 octets, texts fewer than 2^24. Text and
 * tag need no alignment, and are processed in place.
 */
#ifndef __LSTCP_CCM__
#define __LSTCP_CCM__

#include "lstcp_wipe.h"

#define LSTCP_BLOCK 16
#define LSTCP_KEY 32

#if defined(__BYTE_ORDER__) && __BYTE_ORDER__ != __ORDER_LITTLE_ENDIAN__
	#error "lstcp_aes.c takes words apart as little-endian processors do"
#endif

typedef union {
	uint8_t octets[LSTCP_BLOCK];
	uint32_t words[LSTCP_BLOCK / 4];
} LstcpBlock;

/* The expanded key: 60 words for lstcp_aes.c; the state of the driver for lstcp_esp_aes.c. */
typedef struct {
	uint32_t words[60];
} LstcpKey;

/* The state between the parts of a text: the MAC so far, and the next counter block. */
typedef struct {
	LstcpBlock mac;
	LstcpBlock counter;
} LstcpCcm;

/*
 * lstcp_aes.c has these over the SDK's AES, which does not fail, and src/esp-idf/aes over an ESP32's accelerator. Here and below,
 * functions that can fail return 0 on success.
 */
extern void lstcp_ccm_key(LstcpKey *key, const uint8_t *octets);
extern int lstcp_ccm_block(LstcpKey *key, LstcpBlock *block);
/* A part of the text; all except the last have whole blocks. */
extern int lstcp_ccm_seal(LstcpKey *key, LstcpCcm *ccm, uint8_t *text, uint32_t size);
extern int lstcp_ccm_open(LstcpKey *key, LstcpCcm *ccm, uint8_t *text, uint32_t size);

extern int lstcp_ccm_begin(
	LstcpKey *key, LstcpCcm *ccm, const uint8_t *nonce, uint32_t nonceSize, const uint8_t *additional, uint32_t additionalSize,
	uint32_t textSize);
/* The tag that belongs to what was sealed or opened; `ccm` is wiped. */
extern int lstcp_ccm_tag(LstcpKey *key, LstcpCcm *ccm, uint8_t *tag);
/* Whether two tags are equal, in constant time. */
extern int lstcp_ccm_equal(const uint8_t *a, const uint8_t *b);

#endif
