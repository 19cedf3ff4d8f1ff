/** What an image of ours is made of: one package that is deployed alone, or an app's pages. */
export type Target =
  | { readonly name: string; readonly kind: "package"; readonly package: string; readonly folder: string }
  | { readonly name: string; readonly kind: "pages"; readonly package: string; readonly folder: string };

/** The targets of the Dockerfile, by the name of their last stage. */
export const targets: readonly Target[] = [
  { name: "relay", kind: "package", package: "@moqscope/relay", folder: "packages/relay" },
  { name: "gateway", kind: "package", package: "@moqscope/gateway", folder: "packages/gateway" },
  { name: "cli", kind: "package", package: "@moqscope/cli", folder: "packages/cli" },
  { name: "demo", kind: "pages", package: "@moqscope/demo", folder: "apps/demo" },
];
