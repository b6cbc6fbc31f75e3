/* QEMU's `sim` board: semihosting, and the count of cycles: an instruction takes 2^7 ns of them under -icount shift=7. */
#include "machine.h"

#define EXIT 1
#define WRITE 4

extern int main(void);

static void simcall(int number, int a, int b, int c)
{
	register int a2 __asm__("a2") = number;
	register int a3 __asm__("a3") = a;
	register int a4 __asm__("a4") = b;
	register int a5 __asm__("a5") = c;

	__asm__ volatile("simcall" : "+r"(a2), "+r"(a3) : "r"(a4), "r"(a5) : "memory");
}

void machine_write(const char *text, uint32_t size)
{
	simcall(WRITE, 1, (int)text, (int)size);
}

uint32_t machine_time(void)
{
	uint32_t count;

	__asm__ volatile("rsr %0, ccount" : "=r"(count));
	return count;
}

void start(void)
{
	simcall(EXIT, main(), 0, 0);
}

/* The processor begins at the beginning of the memory that it is switched on in. */
__asm__(".section .text.reset\n\tj _start\n"
		".section .text.begin\n.literal_position\n.align 4\n.globl _start\n_start:\n\tmovi sp, stack_top\n\tcall0 start\n.text\n");

/* What Debian's compiler calls and its library lacks: a 64-bit product. */
uint64_t __muldi3(uint64_t a, uint64_t b)
{
	uint32_t al = (uint32_t)a, bl = (uint32_t)b;
	uint32_t a0 = al & 0xffff, a1 = al >> 16, b0 = bl & 0xffff, b1 = bl >> 16;
	uint32_t low = a0 * b0, one = a1 * b0, two = a0 * b1;
	uint32_t middle = (low >> 16) + (one & 0xffff) + (two & 0xffff);
	uint32_t high = a1 * b1 + (one >> 16) + (two >> 16) + (middle >> 16);

	high += al * (uint32_t)(b >> 32) + (uint32_t)(a >> 32) * bl;
	return ((uint64_t)high << 32) | (middle << 16) | (low & 0xffff);
}
