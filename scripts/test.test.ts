import { spawnSync } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { root } from "./support/root.ts";

const passing = 'import { it } from "vitest";\nit("is right", () => {});\n';
const files: Readonly<Record<string, string>> = {
  "passing.test.ts": passing,
  "failing.test.ts": `${passing}it("is wrong", () => { throw new Error("no"); });\n`,
  "skipped.test.ts": `${passing}it("waits", ({ skip }) => skip("no such device"));\nit.skip("is left out", () => {});\n`,
  "set-up.test.ts": `import { beforeAll } from "vitest";\n${passing}beforeAll(() => { throw new Error("no"); });\n`,
  "broken.test.ts": 'import "./absent.ts";\n',
};

describe("pnpm test", { timeout: 60_000 }, () => {
  let folder = "";
  beforeAll(() => {
    folder = mkdtempSync(join(root, "planted-"));
    for (const [name, source] of Object.entries(files)) writeFileSync(join(folder, name), source);
    writeFileSync(join(folder, "vitest.config.ts"), "export default {};\n");
  });
  afterAll(() => rmSync(folder, { recursive: true, force: true }));

  const run = (file: string, more: NodeJS.ProcessEnv = {}): { readonly code: number | null; readonly lines: readonly string[] } => {
    // The variables by which this vitest talks to its workers would confuse the inner one.
    const inherited = Object.entries(process.env).filter(
      ([name]) => !/^(VITEST|MOQSCOPE|CI$|CHROMIUM_PATH$|NODE_OPTIONS$|TEST$)/.test(name),
    );
    // Any program that answers --version stands for a browser here: no test below opens one.
    const env = { ...Object.fromEntries(inherited), CHROMIUM_PATH: process.execPath, ...more };
    const args = ["--conditions=@moqscope/source", "scripts/test.ts", "--", "--root", folder, file];
    const { status, stdout } = spawnSync(process.execPath, args, { cwd: root, env, encoding: "utf8", timeout: 60_000 });
    return { code: status, lines: stdout.trimEnd().split("\n") };
  };

  it("ends with the plain line and exit code 0 when all pass", () => {
    const { code, lines } = run("passing");
    expect(lines.at(-1)).toBe("1 passed, 0 failed, 0 skipped");
    expect(code).toBe(0);
  });

  it.each([
    ["failing", "1 passed, 1 failed, 0 skipped"],
    ["broken", "0 passed, 1 failed, 0 skipped"],
    ["set-up", "0 passed, 1 failed, 1 skipped"],
  ])("fails with a %s file", (file, line) => {
    const { code, lines } = run(file);
    expect(lines.at(-1)).toBe(line);
    expect(code).toBe(1);
  });

  it("prints every skip with its reason", () => {
    const { code, lines } = run("skipped");
    expect(lines).toContain("skipped: skipped.test.ts > waits: no such device");
    expect(lines).toContain("skipped: skipped.test.ts > is left out: no reason given");
    expect(lines.at(-1)).toBe("1 passed, 0 failed, 2 skipped");
    expect(code).toBe(0);
  });

  it("says that CHROMIUM_PATH is wrong, and fails for it only where CI is set", () => {
    const wrong = { CHROMIUM_PATH: join(folder, "absent") };
    const at = run("passing", wrong);
    expect(at.lines[0]).toContain("which is no program that can be run");
    expect(at.code).toBe(0);
    const ci = run("passing", { ...wrong, CI: "true" });
    expect(ci.lines.at(-1)).toBe("1 passed, 1 failed, 0 skipped");
    expect(ci.code).toBe(1);
  });
});
