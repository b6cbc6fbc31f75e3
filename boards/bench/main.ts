import { run } from "lightweight-secure-tcp/bench/run";
import { measures, serve } from "./measures.js";

// What the parts of a session cost on this engine: timed on the SDK's, counted by the host of the one from npm.
run(measures, serve);
