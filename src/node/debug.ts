let enabled = false;

export function enableDebug(enable: boolean): void {
	enabled = enable;
}

/** Writes a line to standard error while debugging is enabled. No line carries a key or a message. */
export function debug(line: string): void {
	if (enabled) process.stderr.write(`[LightweightSecureTCP] ${line}\n`);
}
