const stored = new Map();

export default {
	get: (domain, name) => stored.get(`${domain}.${name}`),
	set: (domain, name, value) => void stored.set(`${domain}.${name}`, value),
	delete: (domain, name) => void stored.delete(`${domain}.${name}`),
};
