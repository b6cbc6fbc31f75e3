// The module "lightweight-secure-tcp" itself: relative imports start from a module's own path, which this one has not.
export * from "lightweight-secure-tcp/moddable/index";
