import config from "mc/config";

/** The free memory of the engine's heap is not measured here. */
export function freeMemory() {
	return 0;
}

/** If a test sets `room`, more octets than that cannot be allocated. */
export function hasRoom(octets) {
	return octets <= (config.room ?? Number.POSITIVE_INFINITY);
}
