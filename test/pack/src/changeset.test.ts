import { cpSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, relative } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { type Manifest, type Package, publishedPackages, withDependents } from "./support/packages.ts";
import { root, run } from "./support/run.ts";

const packages = publishedPackages();

describe("a changeset", () => {
  let copy = "";
  const git = (...args: string[]): Promise<string> => run("git", args, { cwd: copy, timeoutMs: 30_000 });
  const manifestIn = (one: Package): string => join(copy, relative(root, one.folder), "package.json");
  const version = (one: Package): string => (JSON.parse(readFileSync(manifestIn(one), "utf8")) as Manifest).version;

  /** All that changesets reads, so that a dry run touches nothing of ours. */
  beforeEach(async () => {
    copy = mkdtempSync(join(tmpdir(), "moqscope-changeset-"));
    for (const path of ["package.json", "pnpm-workspace.yaml", ".changeset/config.json"]) cpSync(join(root, path), join(copy, path));
    for (const room of ["packages", "apps", "test"]) {
      for (const entry of readdirSync(join(root, room)))
        cpSync(join(root, room, entry, "package.json"), join(copy, room, entry, "package.json"));
    }
    await git("init", "-q", "-b", "main");
    await git("add", "-A");
    await git("-c", "user.name=test", "-c", "user.email=test@example.invalid", "commit", "-q", "-m", "start");
  });
  afterEach(() => rmSync(copy, { recursive: true, force: true }));

  it.each(packages.map((one) => one.name))("for %s releases it and its dependents only", async (name) => {
    writeFileSync(join(copy, ".changeset/planted.md"), `---\n"${name}": minor\n---\n\nA change.\n`);
    const before = new Map(packages.map((one) => [one.name, version(one)]));
    await run(process.execPath, [join(root, "node_modules/@changesets/cli/bin.js"), "version"], { cwd: copy, timeoutMs: 60_000 });
    const released = packages.filter((one) => version(one) !== before.get(one.name)).map((one) => one.name);
    expect(new Set(released)).toEqual(withDependents(name, packages));
  });
});
