import { accessSync, constants, readdirSync, statSync } from "node:fs";
import { homedir } from "node:os";
import { delimiter, join } from "node:path";

const names = ["chromium", "chromium-browser", "google-chrome-stable", "google-chrome", "chrome", "chrome.exe", "msedge.exe"];

const applications = [
  "/Applications/Google Chrome.app/Contents/MacOS/Google Chrome",
  "/Applications/Chromium.app/Contents/MacOS/Chromium",
  "C:\\Program Files\\Google\\Chrome\\Application\\chrome.exe",
  "C:\\Program Files (x86)\\Google\\Chrome\\Application\\chrome.exe",
];

/** Below a Playwright browser's folder, where the program lies on each system and age of Playwright. */
const withinPlaywright = [
  "chrome-linux/chrome",
  "chrome-linux64/chrome",
  "chrome-mac/Chromium.app/Contents/MacOS/Chromium",
  "chrome-mac-arm64/Google Chrome for Testing.app/Contents/MacOS/Google Chrome for Testing",
  "chrome-mac-x64/Google Chrome for Testing.app/Contents/MacOS/Google Chrome for Testing",
  "chrome-win/chrome.exe",
  "chrome-win64/chrome.exe",
  "chrome-linux/headless_shell",
  "chrome-headless-shell-linux64/chrome-headless-shell",
];

/** How tests start Chromium: without a screen, asking the network for nothing of its own, and free to play sound without a gesture. */
export const chromiumArguments: readonly string[] = [
  "--headless=new",
  "--no-sandbox",
  "--disable-gpu",
  "--no-first-run",
  "--disable-background-networking",
  "--disable-component-update",
  "--disable-sync",
  "--autoplay-policy=no-user-gesture-required",
];

export type Environment = Readonly<Record<string, string | undefined>>;

/**
 * The path of a Chromium to test with: `CHROMIUM_PATH`, the usual names on PATH and places of applications, then Playwright's
 * caches; undefined when there is none. Throws an Error when `CHROMIUM_PATH` names no program.
 */
export function findChromium(env: Environment = process.env): string | undefined {
  const named = env["CHROMIUM_PATH"];
  if (named !== undefined && named !== "") {
    if (!isProgram(named)) throw new Error(`CHROMIUM_PATH is ${named}, which is no program that can be run`);
    return named;
  }
  const folders = (env["PATH"] ?? "").split(delimiter).filter((folder) => folder !== "");
  const onPath = folders.flatMap((folder) => names.map((name) => join(folder, name)));
  return [...onPath, ...applications, ...playwrightPrograms(env)].find(isProgram);
}

function playwrightPrograms(env: Environment): readonly string[] {
  const home = env["HOME"] ?? homedir();
  const caches = [
    env["PLAYWRIGHT_BROWSERS_PATH"],
    join(home, ".cache/ms-playwright"),
    join(home, "Library/Caches/ms-playwright"),
    join(home, "AppData/Local/ms-playwright"),
  ].filter((cache): cache is string => cache !== undefined && cache !== "");
  return caches.flatMap((cache) =>
    browserFolders(cache).flatMap((folder) => withinPlaywright.map((program) => join(cache, folder, program))),
  );
}

/** Whole browsers before headless shells, newer revisions first. */
function browserFolders(cache: string): readonly string[] {
  const revision = (folder: string): number => Number(folder.slice(folder.lastIndexOf("-") + 1));
  const shell = (folder: string): number => (folder.includes("headless") ? 1 : 0);
  return entries(cache)
    .filter((folder) => /^chromium(_headless_shell)?-\d+$/.test(folder))
    .sort((a, b) => shell(a) - shell(b) || revision(b) - revision(a));
}

function entries(folder: string): readonly string[] {
  try {
    return readdirSync(folder);
  } catch {
    // A cache that is not there holds no browser.
    return [];
  }
}

function isProgram(path: string): boolean {
  try {
    accessSync(path, constants.X_OK);
    return statSync(path).isFile();
  } catch {
    // What cannot be reached or run is no program for us.
    return false;
  }
}
