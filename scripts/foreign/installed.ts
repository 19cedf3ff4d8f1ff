import { accessSync, constants, readFileSync } from "node:fs";
import { homedir } from "node:os";
import { join } from "node:path";
import { builds, type ForeignBuild } from "./builds.ts";

type Environment = Readonly<Record<string, string | undefined>>;

/** Where foreign programs and what builds them lie, outside of every checkout: `foreign` in `MOQSCOPE_CACHE`, default `~/.cache/moqscope`. */
export function foreignFolder(env: Environment = process.env): string {
  const cache = env["MOQSCOPE_CACHE"];
  return join(cache === undefined || cache === "" ? join(homedir(), ".cache/moqscope") : cache, "foreign");
}

/** Where the program of a build lies there. */
export function programPath({ name: crate, program }: ForeignBuild, env: Environment = process.env): string {
  const name = program ?? crate;
  return join(foreignFolder(env), "bin", process.platform === "win32" ? `${name}.exe` : name);
}

/** Where the version of a program is written down that does not tell it. */
export function stampPath(build: ForeignBuild, env: Environment = process.env): string {
  return `${programPath(build, env)}.version`;
}

/** What is there of a build: its version, `unknown` where nothing tells it, undefined where there is no program. */
export function installedVersion(build: ForeignBuild, env: Environment = process.env): string | undefined {
  const path = programPath(build, env);
  try {
    accessSync(path, constants.X_OK);
  } catch {
    // Not built, or not by us.
    return undefined;
  }
  return (build.by === "cargo" ? cargoVersion(build.name, env) : stampedVersion(build, env)) ?? "unknown";
}

/** The path of a program in the version of the table, and undefined where it is not there or is another one. */
export function foreignProgram(name: string, env: Environment = process.env): string | undefined {
  const build = builds.find((one) => one.name === name);
  if (!build) throw new RangeError(`there is no foreign program "${name}"; there are ${builds.map((one) => one.name).join(", ")}`);
  return current(build, installedVersion(build, env)) ? programPath(build, env) : undefined;
}

/** A program that does not tell its version is taken for the right one. */
export function current(build: ForeignBuild, version: string | undefined): boolean {
  return version === build.version || version === "unknown";
}

/** From what `cargo install --root` writes down. */
function cargoVersion(name: string, env: Environment): string | undefined {
  try {
    const { installs } = JSON.parse(readFileSync(join(foreignFolder(env), ".crates2.json"), "utf8")) as { readonly installs: object };
    return Object.keys(installs)
      .map((key) => key.split(" "))
      .find(([crate]) => crate === name)?.[1];
  } catch {
    // Put there by other means.
    return undefined;
  }
}

/** From what was written down beside a program that was built here. */
function stampedVersion(build: ForeignBuild, env: Environment): string | undefined {
  try {
    return readFileSync(stampPath(build, env), "utf8").trim();
  } catch {
    // Put there by other means.
    return undefined;
  }
}
