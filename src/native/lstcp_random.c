#include "xsmc.h"
#include "mc.xs.h"
#include "xsHost.h"
#include "lstcp_wipe.h"

#if ESP32
	#include "esp_random.h"
#elif defined(__ets__)
	/* The ESP8266's hardware generator (WDEV): 32 fresh bits a reading while the radio is on, given enough time between readings. */
	#define RANDOM_REGISTER (*(volatile uint32_t *)0x3FF20E44)
	/* How much is not documented. On the ESP32 Espressif's code waits for 16 cycles of the 80 MHz bus: this is ten times as long. */
	#define RANDOM_MICROSECONDS 2
#elif mxLinux
	#include <errno.h>
	#include <sys/random.h>
#elif mxMacOSX || mxiOS
	#include <stdlib.h>
#elif mxWindows
	#include <windows.h>
	#include <bcrypt.h>
#else
	#error "lstcp_random.c knows no cryptographic source of random octets on this platform"
#endif

/* Fills memory that must not move meanwhile: no XS call is made while the pointer is held. Returns 0 on success. */
static int fill(uint8_t *octets, uint32_t count)
{
#if ESP32
	esp_fill_random(octets, count);
	return 0;
#elif defined(__ets__)
	uint32_t value;
	while (count) {
		uint32_t part = count < 4 ? count : 4;
		value = RANDOM_REGISTER;
		c_memcpy(octets, &value, part);
		octets += part;
		count -= part;
		modDelayMicroseconds(RANDOM_MICROSECONDS);
	}
	lstcp_wipe(&value, sizeof(value));
	return 0;
#elif mxLinux
	while (count) {
		ssize_t part = getrandom(octets, count, 0);
		if (part < 0) {
			if (errno == EINTR)
				continue;
			return -1;
		}
		octets += part;
		count -= (uint32_t)part;
	}
	return 0;
#elif mxMacOSX || mxiOS
	arc4random_buf(octets, count);
	return 0;
#elif mxWindows
	return BCryptGenRandom(NULL, octets, count, BCRYPT_USE_SYSTEM_PREFERRED_RNG) == 0 ? 0 : -1;
#endif
}

/* fillRandom(octets: Uint8Array): throws if the platform's source fails. */
void xs_lstcp_random(xsMachine *the)
{
	void *octets;
	xsUnsignedValue count;

	xsmcGetBufferWritable(xsArg(0), &octets, &count);
	if (fill((uint8_t *)octets, (uint32_t)count))
		xsUnknownError("the system's source of random octets failed");
}
