/** What the engine's heap has free is not measured here. */
export function freeMemory() {
	return 0;
}
