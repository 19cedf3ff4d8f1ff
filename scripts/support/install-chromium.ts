import { execFileSync, spawnSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { findChromium } from "./chromium.ts";

const advice =
  "no Chromium found: install the package chromium (or Google Chrome, or `npx playwright-core install chromium`), or set CHROMIUM_PATH";

/** A browser to test with, or one line that says what to install. */
export type Browser = { readonly path: string } | { readonly missing: string };

/**
 * Finds a Chromium that runs; as root on Debian or Ubuntu without one it says that it installs the package `chromium`, and does.
 */
export function provideChromium(say: (line: string) => void): Browser {
  try {
    const found = findChromium();
    if (found !== undefined && runs(found)) return { path: found };
    if (!canInstall()) return { missing: advice };
    say("no Chromium found: installing the Debian package chromium (as root, with apt-get)");
    install();
    const installed = findChromium();
    return installed !== undefined && runs(installed) ? { path: installed } : { missing: advice };
  } catch (error) {
    return { missing: error instanceof Error ? error.message : String(error) };
  }
}

/** Ubuntu's `chromium-browser` is a stub that only asks for a snap, so a name on PATH proves nothing. */
function runs(path: string): boolean {
  // Chrome on Windows opens a window instead of answering.
  if (process.platform === "win32") return true;
  return spawnSync(path, ["--version"], { timeout: 30_000, stdio: "ignore" }).status === 0;
}

function canInstall(): boolean {
  return process.platform === "linux" && process.getuid?.() === 0 && /^(ID|ID_LIKE)=.*(debian|ubuntu)/m.test(distribution());
}

function distribution(): string {
  try {
    return readFileSync("/etc/os-release", "utf8");
  } catch {
    // A Linux without this file is not one that we install on.
    return "";
  }
}

function install(): void {
  const env = { ...process.env, DEBIAN_FRONTEND: "noninteractive" };
  const aptGet = (...args: string[]): void => {
    // Its progress goes to stderr, so that stdout stays with the tests.
    execFileSync("apt-get", args, { env, stdio: ["ignore", 2, 2], timeout: 240_000 });
  };
  aptGet("update", "-q");
  aptGet("install", "-q", "-y", "--no-install-recommends", "chromium", "fonts-liberation");
}
