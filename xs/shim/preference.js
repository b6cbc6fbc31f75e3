import config from "mc/config";
import { fromHex } from "./hex.js";

/** A test passes what is stored already as `nvs`: hex digits by `domain.name`. */
const stored = new Map(Object.entries(config.nvs ?? {}).map(([name, hex]) => [name, fromHex(hex).buffer]));

/** If a test sets `nvsFull`, nothing is kept, without an error. If it sets `nvsFails`, storing throws. */
export default {
	get: (domain, name) => stored.get(`${domain}.${name}`)?.slice(0),
	set(domain, name, value) {
		if (config.nvsFails) throw new Error("NVS has failed");
		if (!config.nvsFull) stored.set(`${domain}.${name}`, value.slice(0));
	},
	delete: (domain, name) => void stored.delete(`${domain}.${name}`),
};
