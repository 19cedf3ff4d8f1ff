import type { Page } from "playwright-core";

/** What the video element of a page showed, by the page's own clock. */
export interface Shown {
  readonly startupMs: number;
  /** Wall time in which the picture moved. */
  readonly playedMs: number;
  readonly stallsMs: readonly number[];
  readonly isOver: boolean;
}

/** Watches the video element of a page from outside the player, by its events (HTML, media element events). */
export class PageViewer {
  readonly #page: Page;

  private constructor(page: Page) {
    this.#page = page;
  }

  /** Opens the page and runs `script` in it, which finds the element as `video` and calls `asked()` when the viewer asks to play. */
  static async open(page: Page, url: string, script: string): Promise<PageViewer> {
    await page.goto(url);
    await page.evaluate(watchVideo);
    await page.evaluate(`(async () => { const video = document.querySelector("video"); ${script} })()`);
    return new PageViewer(page);
  }

  shown(): Promise<Shown> {
    return this.#page.evaluate(() => (globalThis as unknown as { shown: () => Shown }).shown());
  }

  /** Waits until it is so. Throws after `withinMs`. */
  async until(passes: (shown: Shown) => boolean, withinMs: number): Promise<Shown> {
    const end = performance.now() + withinMs;
    for (;;) {
      const shown = await this.shown();
      if (passes(shown)) return shown;
      if (performance.now() > end) throw new Error(`the page did not come so far within ${withinMs} ms: ${JSON.stringify(shown)}`);
      await new Promise((resolve) => setTimeout(resolve, 50));
    }
  }
}

/** Runs in the page. */
function watchVideo(): void {
  const video = document.querySelector("video");
  if (video === null) throw new Error("no video");
  let askedAt: number | undefined;
  let startupMs = -1;
  let playedMs = 0;
  let playingSince: number | undefined;
  let stalledSince: number | undefined;
  const stallsMs: number[] = [];
  const pause = (now: number): void => {
    if (playingSince !== undefined) playedMs += now - playingSince;
    playingSince = undefined;
  };
  video.addEventListener("playing", () => {
    const now = performance.now();
    if (startupMs < 0) startupMs = now - (askedAt ?? Number.NaN);
    if (stalledSince !== undefined) stallsMs.push(now - stalledSince);
    stalledSince = undefined;
    playingSince ??= now;
  });
  video.addEventListener("waiting", () => {
    const now = performance.now();
    if (startupMs >= 0) stalledSince ??= now;
    pause(now);
  });
  video.addEventListener("ended", () => pause(performance.now()));
  const page = globalThis as unknown as { shown: () => unknown; asked: () => void };
  page.asked = () => void (askedAt ??= performance.now());
  page.shown = () => {
    const now = performance.now();
    const open = stalledSince === undefined ? [] : [now - stalledSince];
    const running = playingSince === undefined ? 0 : now - playingSince;
    return { startupMs, playedMs: playedMs + running, stallsMs: [...stallsMs, ...open], isOver: video.ended };
  };
}
