import config from "mc/config";

/** What the engine's heap has free is not measured here. */
export function freeMemory() {
	return 0;
}

/** The host's memory is not a device's: where a test sets `room`, more octets than that cannot be had. */
export function hasRoom(octets) {
	return octets <= (config.room ?? Number.POSITIVE_INFINITY);
}
