import { chmodSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { isAlive } from "./ancestors.ts";
import { QuicBuild, type QuicBuildOptions } from "./quic-build.ts";

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "moqscope-build-"));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

const missing = { available: false, reason: "no addon" } as const;
/** A build that runs this text as a script, on a machine that has a cargo. */
function build(text: string, options: Partial<QuicBuildOptions> = {}) {
  mkdirSync(join(folder, "bin"));
  writeFileSync(join(folder, "bin/cargo"), "");
  chmodSync(join(folder, "bin/cargo"), 0o755);
  writeFileSync(join(folder, "script.mjs"), text);
  const lines: string[] = [];
  const made = new QuicBuild({
    say: (line) => void lines.push(line),
    serve: () => Promise.resolve(undefined),
    env: { PATH: join(folder, "bin"), HOME: folder },
    script: join(folder, "script.mjs"),
    log: join(folder, "build.log"),
    available: () => missing,
    ...options,
  });
  return { lines, made, log: () => readFileSync(join(folder, "build.log"), "utf8") };
}

describe("the addon that is missing", { timeout: 20_000 }, () => {
  it("is built with one job behind everything else, said in one line before and one after, and then served", async () => {
    const serve = vi.fn(() => Promise.resolve(undefined));
    const says = `import { getPriority } from "node:os"; console.log("priority", getPriority(), "jobs", process.env.CARGO_BUILD_JOBS);`;
    const { lines, made, log } = build(says, { serve });
    await made.run();
    expect(log()).toBe("priority 19 jobs 1\n");
    expect(serve).toHaveBeenCalledOnce();
    expect(lines).toEqual([
      expect.stringMatching(/^building QUIC for WebTransport in the background.*until then browsers use WebSocket \(log: .*build\.log\)$/),
      expect.stringMatching(/^QUIC is built after \d+ s: the relay serves WebTransport too$/),
    ]);
  });
  it("and fails to build is told by the compiler's own words and where the log is, and nobody is asked to serve it", async () => {
    const serve = vi.fn(() => Promise.resolve(undefined));
    const { lines, made, log } = build(
      `console.error("warning: x\\nerror[E0308]: mismatched types\\n --> lib.rs"); process.exitCode = 101;`,
      { serve },
    );
    await made.run();
    expect(lines[1]).toMatch(/^no WebTransport: building QUIC failed: error\[E0308\]: mismatched types; the log is .*build\.log$/);
    expect(log()).toContain("lib.rs");
    expect(serve).not.toHaveBeenCalled();
  });
  it("and that the relay cannot serve, once built, is told with its reason", async () => {
    const { lines, made } = build("", { serve: () => Promise.resolve("UDP port 4443 is taken") });
    await made.run();
    expect(lines[1]).toMatch(/^no WebTransport: the addon is built, but UDP port 4443 is taken; /);
  });
  it("without a cargo is one line that says how to get one", async () => {
    const { lines, made } = build("", { env: { PATH: "", HOME: folder } });
    await made.run();
    expect(lines).toEqual([expect.stringMatching(/^no WebTransport: .*rustup\.rs/)]);
  });
  it("is not looked for further where it is there", async () => {
    const { lines, made } = build("", { available: () => ({ available: true, version: "1" }) });
    await made.run();
    expect(lines).toEqual([]);
  });
  it("is left unbuilt when dev ends: the build and what it started are gone", async () => {
    const compiler = `process.on("SIGINT", () => {}); setInterval(() => {}, 1000);`;
    const { lines, made, log } = build(
      `import { spawn } from "node:child_process"; console.log(spawn(process.execPath, ["-e", ${JSON.stringify(compiler)}]).pid); setInterval(() => {}, 1000);`,
    );
    const running = made.run();
    await vi.waitFor(() => expect(log()).toMatch(/^\d+\n$/), 10_000);
    const pid = Number(log());
    expect(isAlive(pid)).toBe(true);
    await made.stop();
    await running;
    await vi.waitFor(() => expect(isAlive(pid)).toBe(false), 5_000);
    expect(lines).toHaveLength(1);
  });
});
