import { chmod, mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { findChromium } from "./chromium.ts";

describe("findChromium", () => {
  let folder = "";
  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), "moqscope-chromium-"));
  });
  afterEach(() => rm(folder, { recursive: true, force: true }));

  const program = async (path: string): Promise<string> => {
    const whole = join(folder, path);
    await mkdir(dirname(whole), { recursive: true });
    await writeFile(whole, "#!/bin/sh\n");
    await chmod(whole, 0o755);
    return whole;
  };

  it("takes CHROMIUM_PATH before PATH", async () => {
    const named = await program("own/browser");
    await program("bin/chromium");
    expect(findChromium({ CHROMIUM_PATH: named, PATH: join(folder, "bin"), HOME: folder })).toBe(named);
  });

  it("says which CHROMIUM_PATH is no program", () => {
    expect(() => findChromium({ CHROMIUM_PATH: join(folder, "absent") })).toThrow(`CHROMIUM_PATH is ${join(folder, "absent")}`);
  });

  it("finds the usual names on PATH, and no file that cannot be run", async () => {
    await mkdir(join(folder, "first"));
    await writeFile(join(folder, "first/chromium"), "text");
    const chrome = await program("second/google-chrome");
    expect(findChromium({ PATH: `${join(folder, "first")}:${join(folder, "second")}`, HOME: folder })).toBe(chrome);
  });

  it("finds the newest whole browser of a Playwright cache before a headless shell", async () => {
    await program(".cache/ms-playwright/chromium-1099/chrome-linux/chrome");
    const newest = await program(".cache/ms-playwright/chromium-1200/chrome-linux64/chrome");
    await program(".cache/ms-playwright/chromium_headless_shell-1300/chrome-linux/headless_shell");
    expect(findChromium({ PATH: "", HOME: folder })).toBe(newest);
  });

  it("finds nothing where there is nothing", () => {
    expect(findChromium({ PATH: join(folder, "bin"), HOME: folder })).toBeUndefined();
  });
});
