const { gc, receive, host } = globalThis.lst;

/** Runs measures when the host (`xs/budgets.ts`) asks for them. */
export function run(measures, serve) {
	const prepared = {};
	receive(-3, (event, value) => {
		if (event === "prepare") prepared[value] = measures[value]();
		else if (event === "run") for (let i = 0; i < value.times; i++) prepared[value.measure]();
		else if (event === "collect") gc();
		else if (event === "serve") serve((port) => host({ trace: `${port}` }));
	});
	host({ trace: JSON.stringify(Object.keys(measures)) });
}
