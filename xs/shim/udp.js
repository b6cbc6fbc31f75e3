/** Passed to DNSSD, whose shim does not use it. */
export default class UDP {}
