import { type Browser, chromium } from "playwright-core";
import { chromiumArguments } from "../../../../scripts/support/chromium.ts";

/** A fresh headless Chromium with an empty profile that may play sound without a gesture. */
export function launchBrowser(executablePath: string): Promise<Browser> {
  return chromium.launch({
    executablePath,
    args: [
      ...chromiumArguments,
      // Ten viewers in one window: only one tab is in front, but each must count as watched.
      "--disable-backgrounding-occluded-windows",
      "--disable-renderer-backgrounding",
      "--disable-background-timer-throttling",
    ],
  });
}
