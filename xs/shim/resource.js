const { host } = globalThis.lst;

/** A file of the host as flash data. */
export default class Resource {
	#content;

	constructor(name) {
		this.#content = ArrayBuffer.fromString(host({ resource: name }));
	}

	slice(begin) {
		return this.#content.slice(begin);
	}
}
