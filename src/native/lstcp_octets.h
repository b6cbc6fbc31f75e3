/* The octets of a JavaScript argument. Include after xsmc.h. */
#ifndef __LSTCP_OCTETS__
#define __LSTCP_OCTETS__

/* Where they are, and how many; the pointer is valid until XS allocates. */
typedef struct {
	uint8_t *at;
	xsUnsignedValue size;
} LstcpOctets;

static LstcpOctets lstcp_readable(xsMachine *the, int argument)
{
	void *at;
	LstcpOctets octets;

	xsmcGetBufferReadable(xsArg(argument), &at, &octets.size);
	octets.at = at;
	return octets;
}

static LstcpOctets lstcp_writable(xsMachine *the, int argument, xsUnsignedValue least, xsUnsignedValue most)
{
	void *at;
	LstcpOctets octets;

	xsmcGetBufferWritable(xsArg(argument), &at, &octets.size);
	octets.at = at;
	if (octets.size < least || octets.size > most)
		xsRangeError("too few octets, or too many");
	return octets;
}

#endif
