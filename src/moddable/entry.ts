// The module "lightweight-secure-tcp" itself, which has no path that relative imports could start from.
export * from "lightweight-secure-tcp/moddable/index";
