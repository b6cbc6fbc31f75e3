/// <reference path="../moddable/sdk.d.ts" />
/** Octets of memory that are free. */
export function freeMemory(this: unknown): number {
	return native("xs_lstcp_free_memory").call(this) as number;
}

/**
 * Whether `octets` in one piece, with another 1,024, and so many slots can be allocated: XS ends the machine where it runs out of
 * memory, and no JavaScript hears of it.
 */
export function hasRoom(this: unknown, octets: number, slots: number): boolean {
	return native("xs_lstcp_has_room").call(this, octets, slots) as boolean;
}
