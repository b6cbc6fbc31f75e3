/// <reference path="../../moddable/sdk.d.ts" />
/** Octets of memory that are free. */
export function freeMemory(this: unknown): number {
	return native("xs_lstcp_free_memory").call(this) as number;
}
