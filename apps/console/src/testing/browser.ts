/** How Chromium is started in tests: without a screen, without asking the network for anything of its own. */
export const browserArguments: string[] = [
  "--headless=new",
  "--no-sandbox",
  "--disable-gpu",
  "--no-first-run",
  "--disable-background-networking",
  "--disable-component-update",
  "--disable-sync",
];
