#include <stdint.h>

/* What the test and a person read. */
extern void print(const char *text);
extern void report(const char *name, uint32_t value);
/* What 4,096 instructions take: the measure of all that is reported of the machine's time. */
extern void reportPage(void);
