import { spawnSync } from "node:child_process";
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { foreignProgram } from "../foreign/installed.ts";
import { root } from "../support/root.ts";
import { targets } from "./targets.ts";

const read = (path: string): string => readFileSync(join(root, path), "utf8");
const text = read("Dockerfile");
/** Instructions with their lines joined, by stage. */
const stages = text
  .replaceAll(/^#.*\n/gm, "")
  .replaceAll("\\\n", " ")
  .split(/^(?=FROM )/m)
  .slice(1)
  .map((block) => ({ name: /^FROM \S+ AS (\S+)/.exec(block)?.[1] ?? "", lines: block.trim().split("\n").slice(1) }));
const stage = (name: string): readonly string[] => stages.find((one) => one.name === name)?.lines ?? [];
const copied = stages.flatMap(({ lines }) =>
  lines.flatMap((line) => {
    const [, sources] = /^COPY (?!--from)(.+) \S+$/.exec(line) ?? [];
    return sources?.split(/\s+/) ?? [];
  }),
);
const ignored = read(".dockerignore")
  .split("\n")
  .filter((line) => line !== "" && !line.startsWith("#"));

describe("the Dockerfile", () => {
  it("is clean for BuildKit's own parser and linter", (context) => {
    const program = foreignProgram("dockerfile-lint");
    if (program === undefined) return context.skip("pnpm foreign:build dockerfile-lint makes what checks it");
    const { status, stdout, stderr } = spawnSync(program, [join(root, "Dockerfile")], { encoding: "utf8" });
    expect(status, `${stdout}${stderr}`).toBe(0);
  });
  it("has the targets that are assembled, and each tells how it is", () => {
    for (const { name } of targets) {
      expect(stage(name), name).toContainEqual(expect.stringContaining(`COPY --from=build /out/${name} `));
      expect(stage(name), name).toContainEqual(expect.stringMatching(/^HEALTHCHECK .*CMD \["node", "\/moqscope\/health\.ts", /));
      expect(stage(name), name).toContainEqual(expect.stringMatching(/^LABEL org\.opencontainers\.image\.title=.*image\.description=/));
      expect(stage(name), name).toContainEqual(expect.stringMatching(/^ENTRYPOINT \["node", /));
    }
  });
  it("ends every image as a user that is not root", () => {
    for (const { name } of targets) {
      const users = [...stage("base"), ...stage(name)].flatMap((line) => /^USER (\S+)/.exec(line)?.[1] ?? []);
      expect(users.at(-1), name).toBe("node");
    }
  });
  it("copies only what the checkout has and what .dockerignore leaves in", () => {
    expect(copied).toEqual(expect.arrayContaining([".", "pnpm-lock.yaml", "packages/quic/crate", "scripts/image/health.ts"]));
    for (const path of copied) {
      expect(existsSync(join(root, path)), path).toBe(true);
      expect(
        ignored.filter((pattern) => path === pattern || path.startsWith(`${pattern}/`)),
        path,
      ).toEqual([]);
    }
  });
  it("leaves out of its context what is installed, built or secret", () => {
    expect(ignored).toEqual(expect.arrayContaining([".git", "**/node_modules", "**/dist", "**/.env", "infra/compose/.state"]));
  });
  it("takes Node, pnpm and base images in exact versions, the same as the workspace", () => {
    const { packageManager } = JSON.parse(read("package.json")) as { readonly packageManager: string };
    expect(text).toContain(`npm install --global ${packageManager}\n`);
    expect(text).toContain(`ARG NODE=${/^nodeVersion: (\S+)$/m.exec(read("pnpm-workspace.yaml"))?.[1]}-`);
    const bases = [...text.matchAll(/^FROM (\S+)/gm)].map(([, from = ""]) => from);
    const names = new Set([...stages.map(({ name }) => name), "node:${NODE}", "rust:${RUST}", "quic-${QUIC}"]);
    expect(bases.filter((from) => !names.has(from))).toEqual([]);
    expect(text).not.toMatch(/latest/);
  });
  it("puts scripts into images that need nothing but Node", () => {
    const scripts = copied.filter((path) => path.startsWith("scripts/image/"));
    expect(scripts.length).toBeGreaterThan(0);
    const imports = scripts.flatMap((path) => [...read(path).matchAll(/^import .* from "([^"]+)"/gm)].map(([, from]) => from));
    expect(imports.filter((from) => !from?.startsWith("node:"))).toEqual([]);
  });
});
