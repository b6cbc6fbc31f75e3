#include "console.h"
#include "machine.h"

void print(const char *text)
{
	const char *end = text;

	while (*end)
		end++;
	machine_write(text, (uint32_t)(end - text));
}

/* In hex: for other digits there is no division here. */
static void printNumber(uint32_t value)
{
	char digits[9];
	int i;

	for (i = 7; i >= 0; i--, value >>= 4)
		digits[i] = "0123456789abcdef"[value & 15];
	digits[8] = 0;
	print(digits);
}

void report(const char *name, uint32_t value)
{
	print(name);
	print("=");
	printNumber(value);
	print("\n");
}

void reportPage(void)
{
	uint32_t i = 2048, before = machine_time();

	__asm__ volatile("1: addi %0, %0, -1\n\tbnez %0, 1b" : "+r"(i));
	report("4096 instructions", machine_time() - before);
}
