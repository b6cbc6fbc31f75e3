// The module "lightweight-secure-tcp/original": relative imports start from a module's own path, which this one has not.
export * from "lightweight-secure-tcp/core/original/original";
