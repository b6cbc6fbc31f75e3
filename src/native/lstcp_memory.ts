/// <reference path="../moddable/sdk.d.ts" />
/** Octets of free memory. */
export function freeMemory(this: unknown): number {
	return native("xs_lstcp_free_memory").call(this) as number;
}

/**
 * Whether `octets` in one piece, plus another 1,024, and that many slots can be allocated: when XS runs out of memory it ends the
 * machine, which JavaScript cannot catch.
 */
export function hasRoom(this: unknown, octets: number, slots: number): boolean {
	return native("xs_lstcp_has_room").call(this, octets, slots) as boolean;
}
