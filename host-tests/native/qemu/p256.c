/*
 * The SDK's own multiplication on P-256 on a chip's instruction set, under QEMU: a known answer, and instructions counted.
 */
#include "xsAll.h"
#include "console.h"
#include "machine.h"
#include "vectors.h"
#include "xsBigIntEx.h"

extern void fxBigInt_ec_mul(xsMachine *the, txECPoint *r, txECPoint *a, txBigInt *k, txECParam *ec);
extern void fxBigInt_ec_norm(xsMachine *the, txECPoint *r, txECPoint *a, txECParam *ec);
extern txU4 mont_init(txBigInt *m);
extern txBigInt *mont_in(xsMachine *the, txBigInt *r, txBigInt *a, txBigInt *m);
extern txBigInt *mont_out(xsMachine *the, txBigInt *r, txBigInt *a, txBigInt *m, txU4 u);
extern const txBigInt gxBigIntOne;

/* XS has these on its stack; what is freed is the last or stays. */
#define MOST 128
static struct {
	txBigInt number;
	txU4 words[24];
} stack[MOST];
static int depth, deepest;

txBigInt *fxBigInt_alloc(txMachine *the, txU4 size)
{
	txBigInt *number = &stack[depth].number;

	if (depth == MOST || size > 24)
		fxAbort(the, 1);
	number->data = stack[depth++].words;
	number->size = size;
	number->sign = 0;
	if (depth > deepest)
		deepest = depth;
	return number;
}

void fxBigInt_free(txMachine *the, txBigInt *number)
{
	if (depth && number == &stack[depth - 1].number)
		depth--;
}

void fxAbort(txMachine *the, int status)
{
	print("aborted\n");
	for (;;)
		;
}

#define NUMBER(WORDS) { (txU4 *)(WORDS), 8, 0 }

/* As the SDK's `xs_ec2_mul` does it. */
static int multiplies(const Vector *vector)
{
	txMachine machine;
	txBigInt m = NUMBER(P), a = NUMBER(A), b = NUMBER(B);
	txMachine *the = &machine;
	txBigInt scalar = NUMBER(vector->scalar), x = NUMBER(vector->x), y = NUMBER(vector->y), shared = NUMBER(vector->shared);
	txECParam ec = { .m = &m };
	txECPoint point, product = { NULL, NULL, NULL };

	depth = 0;
	ec.u = mont_init(&m);
	ec.a = mont_in(the, NULL, &a, &m);
	ec.b = mont_in(the, NULL, &b, &m);
	ec.one = mont_in(the, NULL, (txBigInt *)&gxBigIntOne, &m);
	point.x = mont_in(the, NULL, &x, &m);
	point.y = mont_in(the, NULL, &y, &m);
	point.z = mont_in(the, NULL, (txBigInt *)&gxBigIntOne, &m);
	fxBigInt_ec_mul(the, &product, &point, &scalar, &ec);
	fxBigInt_ec_norm(the, &product, &product, &ec);
	mont_out(the, product.x, product.x, &m, ec.u);
	return fxBigInt_comp(product.x, &shared) == 0;
}

int main(void)
{
	uint32_t i, before, passed = 0;

	reportPage();
	before = machine_time();
	for (i = 0; i < VECTORS; i++)
		passed += multiplies(vectors + i);
	report("all multiplications", machine_time() - before);
	report("vectors passed", passed);
	report("numbers at once", deepest);
	return passed != VECTORS;
}
