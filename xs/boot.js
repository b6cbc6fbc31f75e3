// Evaluated in the XS machine before anything else: what firmware finds as globals, and modules from the host.
{
	const { gc, issueCommand, Compartment, ModuleSource, TextDecoder, TextEncoder } = globalThis;
	// This build of the engine lacks two of XS's own functions that firmware counts on.
	ArrayBuffer.fromString ??= (text) => {
		const { buffer, byteOffset, byteLength } = new TextEncoder().encode(text);
		return buffer.slice(byteOffset, byteOffset + byteLength);
	};
	String.fromArrayBuffer ??= (buffer) => new TextDecoder().decode(new Uint8Array(buffer));
	/** Asks the host and waits for its answer. */
	const host = (request) => JSON.parse(String.fromArrayBuffer(issueCommand(ArrayBuffer.fromString(JSON.stringify(request)))));
	/** The same with octets, the first of them not `{`. */
	const raw = (octets) => new Uint8Array(issueCommand(octets.buffer));
	const receivers = new Map();
	globalThis.handleCommand = (message) => {
		const { to, event, value } = JSON.parse(String.fromArrayBuffer(message));
		receivers.get(to)?.(event, value);
	};
	globalThis.lst = Object.freeze({
		gc,
		host,
		raw,
		/** Has what happens to the host's object `id` told to `receiver(event, value)`. */
		receive: (id, receiver) => void receivers.set(id, receiver),
		forget: (id) => void receivers.delete(id),
	});
	const resolve = (specifier, referrer) => {
		const name = specifier.replace(/\.js$/, "");
		if (!/^\.{1,2}\//.test(name)) return name;
		const path = referrer.split("/").slice(0, -1);
		for (const step of name.split("/")) {
			if (step === "..") path.pop();
			else if (step !== ".") path.push(step);
		}
		return path.join("/");
	};
	const firmware = new Compartment({
		globals: { lst: globalThis.lst, TextDecoder, trace: (text) => void host({ trace: String(text) }) },
		resolveHook: resolve,
		loadNowHook: (specifier) => ({ source: new ModuleSource(host({ module: specifier })) }),
		loadHook: async (specifier) => ({ source: new ModuleSource(host({ module: specifier })) }),
	});
	const MAIN = -2;
	receivers.set(MAIN, (_event, specifier) => {
		firmware.import(specifier).catch((error) => host({ failed: String(error?.stack ?? error) }));
	});
}
