import { existsSync, mkdirSync, writeFileSync } from "node:fs";
import { basename, join } from "node:path";
import { type Package, withDependencies } from "./packages.ts";
import { pnpm, root, run } from "./run.ts";

/** Builds the packages and the console that one of them carries (turbo keeps what has not changed) and packs every package: name → path of its tarball. */
export async function packAll(packages: readonly Package[], folder: string): Promise<ReadonlyMap<string, string>> {
  await pnpm(["exec", "turbo", "run", "build", "--filter=./packages/*", "--filter=@moqscope/console", "--output-logs=errors-only"], {
    cwd: root,
    timeoutMs: 240_000,
  });
  mkdirSync(folder, { recursive: true });
  const tarballs = new Map<string, string>();
  for (const { name, folder: from, manifest } of packages) {
    await pnpm(["pack", "--pack-destination", folder], { cwd: from, timeoutMs: 60_000 });
    const path = join(folder, `${name.replace("@", "").replace("/", "-")}-${manifest.version}.tgz`);
    if (!existsSync(path)) throw new Error(`pnpm pack made no ${basename(path)}`);
    tarballs.set(name, path);
  }
  return tarballs;
}

/** The paths that a tarball holds, without the leading `package/`. */
export async function filesOf(tarball: string): Promise<readonly string[]> {
  const list = await run("tar", ["-tzf", tarball], { cwd: root, timeoutMs: 30_000 });
  return list
    .trimEnd()
    .split("\n")
    .map((path) => path.replace(/^package\//, ""));
}

/** The text of one file in a tarball. */
export function fileOf(tarball: string, path: string): Promise<string> {
  return run("tar", ["-xzOf", tarball, `package/${path}`], { cwd: root, timeoutMs: 30_000 });
}

/** An empty project that depends on the named packages only; theirs of ours come from the tarballs too. */
export function writeProject(
  folder: string,
  names: readonly string[],
  tarballs: ReadonlyMap<string, string>,
  packages: readonly Package[],
): void {
  const ours = new Set(names.flatMap((name) => [...withDependencies(name, packages)]));
  const specifier = (name: string): string => `file:${tarballs.get(name) ?? ""}`;
  const dependencies = Object.fromEntries(names.map((name) => [name, specifier(name)]));
  // npm wants an override of a direct dependency to be the same text.
  const overrides = Object.fromEntries([...ours].map((name) => [name, name in dependencies ? `$${name}` : specifier(name)]));
  mkdirSync(folder, { recursive: true });
  writeFileSync(join(folder, "package.json"), JSON.stringify({ name: "stranger", private: true, type: "module", dependencies, overrides }));
}
