import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { root } from "./run.ts";

export interface Manifest {
  readonly name: string;
  readonly version: string;
  readonly private?: boolean;
  readonly files?: readonly string[];
  readonly bin?: Readonly<Record<string, string>>;
  readonly exports?: Readonly<Record<string, unknown>>;
  readonly dependencies?: Readonly<Record<string, string>>;
  readonly optionalDependencies?: Readonly<Record<string, string>>;
  readonly peerDependencies?: Readonly<Record<string, string>>;
}

/** One publishable package of the workspace. */
export interface Package {
  readonly name: string;
  readonly folder: string;
  readonly manifest: Manifest;
}

/** Every package that is published, by name. */
export function publishedPackages(): readonly Package[] {
  return readdirSync(join(root, "packages"))
    .map((entry) => join(root, "packages", entry))
    .map((folder) => ({ folder, manifest: JSON.parse(readFileSync(join(folder, "package.json"), "utf8")) as Manifest }))
    .filter(({ manifest }) => manifest.private !== true)
    .map(({ folder, manifest }) => ({ name: manifest.name, folder, manifest }));
}

/** The package and everything of ours below it. */
export function withDependencies(name: string, packages: readonly Package[]): ReadonlySet<string> {
  const found = new Set<string>();
  const add = (one: string): void => {
    const known = packages.find((candidate) => candidate.name === one);
    if (known === undefined || found.has(one)) return;
    found.add(one);
    const { dependencies, optionalDependencies } = known.manifest;
    for (const dependency of Object.keys({ ...dependencies, ...optionalDependencies })) add(dependency);
  };
  add(name);
  return found;
}

/** The package and every published one above it. */
export function withDependents(name: string, packages: readonly Package[]): ReadonlySet<string> {
  return new Set(packages.filter((one) => withDependencies(one.name, packages).has(name)).map((one) => one.name));
}
