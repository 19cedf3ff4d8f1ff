import { spawnSync } from "node:child_process";
import { chmod, mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { root } from "../support/root.ts";
import { builds } from "./builds.ts";
import { foreignFolder, foreignProgram, programPath } from "./installed.ts";

const relay = builds.find(({ name }) => name === "moq-relay") as (typeof builds)[number];

describe.skipIf(process.platform === "win32")("the cache of foreign programs", () => {
  let cache = "";
  beforeEach(async () => {
    cache = await mkdtemp(join(tmpdir(), "moqscope-foreign-"));
  });
  afterEach(() => rm(cache, { recursive: true, force: true }));

  /** As `cargo install --root` leaves it. */
  async function put(version: string): Promise<void> {
    const env = { MOQSCOPE_CACHE: cache };
    await mkdir(join(foreignFolder(env), "bin"), { recursive: true });
    await writeFile(programPath(relay, env), "#!/bin/sh\n");
    await chmod(programPath(relay, env), 0o755);
    const installs = { [`moq-relay ${version} (registry+https://example.invalid/index)`]: {} };
    await writeFile(join(foreignFolder(env), ".crates2.json"), JSON.stringify({ installs }));
  }
  function run(...args: string[]): { readonly status: number | null; readonly stdout: string; readonly stderr: string } {
    const env = { ...process.env, MOQSCOPE_CACHE: cache, PATH: "/usr/bin:/bin" };
    return spawnSync(process.execPath, ["scripts/foreign-build.ts", ...args], { cwd: root, env, encoding: "utf8" });
  }

  it("gives a program in the version of the table, and none in another", async () => {
    expect(foreignProgram("moq-relay", { MOQSCOPE_CACHE: cache })).toBeUndefined();
    await put(relay.version);
    expect(foreignProgram("moq-relay", { MOQSCOPE_CACHE: cache })).toBe(join(cache, "foreign/bin/moq-relay"));
    await put("0.0.1");
    expect(foreignProgram("moq-relay", { MOQSCOPE_CACHE: cache })).toBeUndefined();
  });

  it("knows no other program", () => {
    expect(() => foreignProgram("moq-rely")).toThrow('there is no foreign program "moq-rely"');
  });

  it("builds nothing that is there, and says so in one line", async () => {
    await put(relay.version);
    const { status, stdout } = run("moq-relay");
    expect([status, stdout]).toEqual([0, `moq-relay ${relay.version} was there; in ${join(cache, "foreign")}\n`]);
  });

  it("says in one line why it cannot build", async () => {
    const { status, stdout } = run("moq-relay");
    expect(status).toBe(1);
    expect(stdout).toContain(`moq-relay ${relay.version} failed (there is no cargo on PATH; log ${join(cache, "foreign/moq-relay.log")})`);
  });

  it("lists what there is, in which version, and whether it is built", async () => {
    await put("0.0.1");
    const listed = run("--list", "--json").stdout.trimEnd().split("\n");
    expect(listed.map((line) => JSON.parse(line) as object)).toMatchObject(
      builds.map(({ name, version }) => ({ name, version, installed: name === "moq-relay" ? "0.0.1" : null, current: false })),
    );
    expect(run("--list", "moq-relay").stdout).toContain("built in 0.0.1");
  });

  it("refuses a program that it does not know", () => {
    expect(run("moq-rely")).toMatchObject({ status: 2, stderr: expect.stringContaining('there is no program "moq-rely"') as unknown });
  });
});
