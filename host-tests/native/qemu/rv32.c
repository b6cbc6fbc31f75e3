/* QEMU's `virt` board: its UART, its power switch, and the counter of retired instructions. */
#include "machine.h"

extern int main(void);

void machine_write(const char *text, uint32_t size)
{
	while (size--)
		*(volatile uint8_t *)0x10000000 = (uint8_t)*text++;
}

uint32_t machine_time(void)
{
	uint32_t count;

	__asm__ volatile("csrr %0, minstret" : "=r"(count));
	return count;
}

void start(void)
{
	*(volatile uint32_t *)0x100000 = main() ? 0x13333 : 0x5555;
	for (;;)
		;
}

__asm__(".section .text.begin\n.globl _start\n_start:\n\tla sp, stack_top\n\tj start\n");
