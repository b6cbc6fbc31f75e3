/** What DNSSD is given; its shim needs none. */
export default class UDP {}
