/** Octets of a DNS message's header. RFC 1035 §4.1.1. */
const HEADER = 12;
/** The most questions, and the most records: the SDK's parser counts with one octet. */
const MOST = 255;
/** The longest name in octets. RFC 1035 §2.3.4. */
const LONGEST_NAME = 255;
const POINTER = 0xc0;
const LONGEST_LABEL = 63;

const PTR = 12;
const SRV = 33;
const OPT = 41;
/** Octets before the name in a SRV record. RFC 2782. */
const BEFORE_TARGET = 6;

function word(octets: Uint8Array, at: number): number {
	return (octets[at]! << 8) | octets[at + 1]!;
}

/**
 * The offset after a name, or -1 if it is none. Each pointer must point before the part of the name that it ends, so that there is
 * an end.
 */
function afterName(octets: Uint8Array, at: number): number {
	let after = -1;
	let part = at;
	let size = 0;
	for (;;) {
		const tag = octets[at];
		if (tag === undefined) return -1;
		if (tag === 0) return after < 0 ? at + 1 : after;
		if (tag >= POINTER) {
			if (at + 1 >= octets.length) return -1;
			if (after < 0) after = at + 2;
			at = word(octets, at) & 0x3fff;
			if (at >= part) return -1;
			part = at;
		} else {
			size += 1 + tag;
			if (tag > LONGEST_LABEL || size > LONGEST_NAME) return -1;
			at += 1 + tag;
		}
	}
}

/** As `afterName`, but the root is no name either. */
function afterLabels(octets: Uint8Array, at: number): number {
	return octets[at] === 0 ? -1 : afterName(octets, at);
}

/** Whether it is a DNS message (RFC 1035 §4.1) in which all names have an end, and there are as many records as its header says. */
export function isSound(octets: Uint8Array): boolean {
	if (octets.length < HEADER) return false;
	const questions = word(octets, 4);
	const records = word(octets, 6) + word(octets, 8) + word(octets, 10);
	if (questions > MOST || records > MOST) return false;
	let at = HEADER;
	for (let i = 0; i < questions; i++) {
		at = afterLabels(octets, at);
		if (at < 0) return false;
		at += 4;
	}
	for (let i = 0; i < records; i++) {
		const name = at;
		at = afterName(octets, at);
		if (at < 0 || at + 10 > octets.length) return false;
		const type = word(octets, at);
		const size = word(octets, at + 8);
		at += 10;
		// Only an OPT record is of the root. RFC 6891 §6.1.2.
		if (octets[name] === 0 && type !== OPT) return false;
		if (size && type === PTR && afterLabels(octets, at) < 0) return false;
		if (size && type === SRV && afterLabels(octets, at + BEFORE_TARGET) < 0) return false;
		at += size;
		if (at > octets.length) return false;
	}
	return at <= octets.length;
}
