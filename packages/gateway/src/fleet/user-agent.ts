import type { DerivedKey } from "./viewer.ts";

/** First match wins: Edge and Chrome both say "Chrome", and everything on WebKit says "Safari". */
const browsers: readonly (readonly [RegExp, string])[] = [
  [/\bEdgA?\/|\bEdgiOS\//, "edge"],
  [/\bFirefox\/|\bFxiOS\//, "firefox"],
  [/\b(?:OPR|SamsungBrowser|Vivaldi|YaBrowser)\//, "other"],
  [/\b(?:Chrome|Chromium|CriOS|HeadlessChrome)\//, "chrome"],
  [/\bVersion\/[\d.]+.*\bSafari\//, "safari"],
];
const devices: readonly (readonly [RegExp, string])[] = [
  [/\b(?:SmartTV|SMART-TV|Tizen|Web0S|webOS|AppleTV|GoogleTV|Android TV|BRAVIA|AFT[A-Z])\b/, "tv"],
  [/\b(?:Mobile|iPhone|iPad|Android)\b/, "mobile"],
  [/\b(?:Windows NT|Macintosh|X11|CrOS|Linux)\b/, "desktop"],
];

/** Family of browser and class of device, all that is kept of a User-Agent; `other` where it says nothing known. */
export function readUserAgent(userAgent: string): Readonly<Record<Exclude<DerivedKey, "region">, string>> {
  const text = userAgent.slice(0, 512);
  const first = (list: typeof browsers): string => list.find(([pattern]) => pattern.test(text))?.[1] ?? "other";
  return { browser: first(browsers), device: first(devices) };
}
