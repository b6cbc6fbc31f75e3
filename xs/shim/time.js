const { host } = globalThis.lst;

export default {
	get ticks() {
		return host({ ticks: true });
	},
	delta: (start, end = host({ ticks: true })) => end - start,
};
