import { writeFileSync } from "node:fs";
import Mocha from "mocha";

/** Mocha's spec reporter, which also leaves the counts in a file for the last line of `npm test`. */
export default class CountingReporter extends Mocha.reporters.Spec {
	constructor(runner: Mocha.Runner, options: Mocha.MochaOptions) {
		super(runner, options);
		runner.once("end", () => {
			const { passes, failures, pending } = this.stats;
			writeFileSync(options.reporterOptions.counts, JSON.stringify({ passes, failures, skipped: pending }));
		});
	}
}
