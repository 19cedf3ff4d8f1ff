import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { isAlive } from "./ancestors.ts";
import { Child, type Program } from "./child.ts";
import { DevSession } from "./session.ts";

const readyLine = 'process.stderr.write(JSON.stringify({ level: "info", event: "moq.ready", message: "Ready" }) + "\\n");\n';
const stays = "setInterval(() => {}, 1000);\n";

describe("a dev session", () => {
  let folder = "";
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), "moqscope-dev-"));
  });
  afterEach(() => rmSync(folder, { recursive: true, force: true }));

  const program = (name: string, source: string): Program => {
    const entry = join(folder, `${name}.mjs`);
    writeFileSync(entry, source);
    return { name, entry, args: [] };
  };
  const silent = { line: () => {}, ended: () => {} };
  const pidIn = (file: string): Promise<number> =>
    vi.waitFor(() => {
      const pid = Number(readFileSync(join(folder, file), "utf8"));
      expect(pid).toBeGreaterThan(0);
      return pid;
    }, 8_000);
  const writePid = (file: string, pid = "process.pid"): string =>
    `import { writeFileSync } from "node:fs";\nwriteFileSync(${JSON.stringify(join(folder, file))}, String(${pid}));\n`;

  it("waits for moq.ready and ends what it started", async () => {
    const session = new DevSession(silent);
    await session.start(program("ready", `${writePid("pid")}${readyLine}${stays}`));
    const pid = await pidIn("pid");
    expect(isAlive(pid)).toBe(true);
    await session.stop();
    await session.stop();
    expect(isAlive(pid)).toBe(false);
  });

  it("tells the last words of a process that fails at start", async () => {
    const session = new DevSession(silent);
    const failing = program("failing", 'process.stderr.write("the file is no media\\n");\nprocess.exitCode = 3;\n');
    await expect(session.start(failing)).rejects.toThrow("failing ended with exit code 3 before it was ready\n  the file is no media");
    await session.stop();
  });

  it("tells of a process that ends later", async () => {
    const ended = vi.fn<(name: string, how: string) => void>();
    const session = new DevSession({ line: () => {}, ended });
    await session.start(program("brief", `${readyLine}setTimeout(() => process.exit(4), 50);\n`));
    await vi.waitFor(() => expect(ended).toHaveBeenCalledWith("brief", "ended with exit code 4"), 8_000);
    await session.stop();
  });

  it("ends a process that does not want to, and what that one started, after 3 s", async () => {
    const grandchild = program("grandchild", `${writePid("grandchild")}process.on("SIGTERM", () => {});\n${stays}`);
    const spawns = `import { spawn } from "node:child_process";\nspawn(process.execPath, [${JSON.stringify(grandchild.entry)}], { stdio: "ignore" });\n`;
    const session = new DevSession(silent);
    await session.start(program("stubborn", `${spawns}process.on("SIGTERM", () => {});\n${readyLine}${stays}`));
    const pid = await pidIn("grandchild");
    const before = performance.now();
    await session.stop();
    expect(performance.now() - before).toBeLessThan(5_000);
    await vi.waitFor(() => expect(isAlive(pid)).toBe(false), 2_000);
  });

  it("leaves nothing behind when dev itself is killed", async () => {
    const child = program("child", `${writePid("pid")}${stays}`);
    const module = JSON.stringify(new URL("./child.ts", import.meta.url).href);
    const dev = program("dev", `import { Child } from ${module};\nnew Child(${JSON.stringify(child)}, () => {});\n${writePid("dev")}`);
    const outer = new Child(dev, () => {});
    const pid = await pidIn("pid");
    process.kill(await pidIn("dev"), "SIGKILL");
    await vi.waitFor(() => expect(isAlive(pid)).toBe(false), 6_000);
    await outer.stop();
  });
});
