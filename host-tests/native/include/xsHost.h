#include "xsmc.h"

/* The SDK's for the ESP8266. */
extern void ets_delay_us(uint32_t us);
#define modDelayMicroseconds(us) ets_delay_us(us)
