import { run } from "lightweight-secure-tcp/bench/run";
import { measures, serve } from "./measures.js";

// The cost of the parts of a session on this engine: timed on the SDK's, counted by the host on the one from npm.
run(measures, serve);
