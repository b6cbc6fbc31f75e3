import config from "mc/config";

const stored = new Map();

/** If a test sets `nvsFull`, nothing is kept, without an error. */
export default {
	get: (domain, name) => stored.get(`${domain}.${name}`),
	set: (domain, name, value) => void (config.nvsFull || stored.set(`${domain}.${name}`, value)),
	delete: (domain, name) => void stored.delete(`${domain}.${name}`),
};
