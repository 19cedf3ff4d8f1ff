import { readTimecode } from "@moqscope/cli";
import type { Page } from "playwright-core";

/** What `<hang-watch>.stats()` says, as far as the tests read it. */
export interface PlayerStats {
  readonly state: string;
  readonly version: string | undefined;
  readonly sessionId: string;
  readonly transport: string | undefined;
  readonly transportChoice: { readonly kind: string; readonly reason: string } | undefined;
  readonly startupMs: number | undefined;
  readonly stalls: { readonly count: number; readonly seconds: number };
  readonly audio: { readonly decodedFrames: number; readonly level: number };
  readonly rendition: string | undefined;
}

/** A time code that was read from painted pixels. */
export interface Sighting {
  readonly frame: number;
  /** Milliseconds of the page's clock. */
  readonly atMs: number;
}

/** One `<hang-watch>` in one tab, looked at from outside: by pixels and by its public API. */
export class Watcher {
  readonly page: Page;
  constructor(page: Page) {
    this.page = page;
  }
  /** Opens the page and waits until the first picture is painted. */
  static async open(page: Page, url: string): Promise<Watcher> {
    await page.addInitScript(observeFirstPaint);
    await page.addInitScript(observeWebTransport);
    await page.goto(url, { waitUntil: "commit", timeout: 90_000 });
    const watcher = new Watcher(page);
    await page.waitForFunction(() => Number.isFinite((globalThis as FirstPaint).firstPaintMs), undefined, { timeout: 90_000 });
    return watcher;
  }
  stats(): Promise<PlayerStats> {
    return this.page.evaluate(() => (document.querySelector("hang-watch") as unknown as { stats(): PlayerStats }).stats());
  }
  /** From the element's entry into the document to the first painted pixel, in milliseconds, as this test sees it. */
  firstPaintMs(): Promise<number> {
    return this.page.evaluate(() => (globalThis as FirstPaint).firstPaintMs ?? Number.NaN);
  }
  /** What each WebTransport session of the page says that it negotiated, asked of the browser's own object. */
  protocols(): Promise<string[]> {
    return this.page.evaluate(() => ((globalThis as unknown as Dialled).dialled ?? []).map(({ protocol }) => protocol));
  }
  /** The page's clock, in milliseconds. */
  nowMs(): Promise<number> {
    return this.page.evaluate(() => performance.now());
  }
  /** Listens for the player's next transport; what is returned waits for it. */
  async nextTransport(): Promise<() => Promise<{ readonly kind: string; readonly reason: string; readonly atMs: number }>> {
    await this.page.evaluate(() => {
      const heard = (event: Event): void => {
        const { kind, reason } = (event as CustomEvent<{ kind: string; reason: string }>).detail;
        (globalThis as Changed).changed = { kind, reason, atMs: performance.now() };
      };
      document.querySelector("hang-watch")?.addEventListener("transport", heard, { once: true });
    });
    return async () => {
      const heard = await this.page.waitForFunction(() => (globalThis as Changed).changed, undefined, { timeout: 30_000 });
      return (await heard.jsonValue()) as NonNullable<Changed["changed"]>;
    };
  }
  /** The frame number in the picture that is painted now, and when it was looked at by the page's clock. */
  async frame(): Promise<Sighting | undefined> {
    const strip = await this.page.evaluate(() => {
      const canvas = document.querySelector("hang-watch")?.shadowRoot?.querySelector("canvas");
      if (!canvas || canvas.width === 0) return undefined;
      // The time code alone, two pixels a block: little to read back and little to send.
      const width = 128;
      const height = 4;
      const context = new OffscreenCanvas(width, height).getContext("2d", { willReadFrequently: true });
      context?.drawImage(canvas, 0, 0, canvas.width, canvas.width / 32, 0, 0, width, height);
      return { width, height, data: [...(context?.getImageData(0, 0, width, height).data ?? [])], atMs: performance.now() };
    });
    const frame = strip && readTimecode(strip);
    return frame === undefined ? undefined : { frame, atMs: strip?.atMs ?? Number.NaN };
  }
}

interface Dialled {
  dialled?: { readonly protocol: string }[];
  WebTransport?: new (...args: unknown[]) => { readonly protocol: string };
}
interface Changed {
  changed?: { readonly kind: string; readonly reason: string; readonly atMs: number };
}

/** Runs in the page before its scripts: keeps every WebTransport that they make. */
function observeWebTransport(): void {
  const page = globalThis as unknown as Dialled;
  const Real = page.WebTransport;
  if (!Real) return;
  const dialled: { readonly protocol: string }[] = [];
  page.dialled = dialled;
  page.WebTransport = class extends Real {
    constructor(...args: unknown[]) {
      super(...args);
      dialled.push(this);
    }
  };
}

interface FirstPaint {
  firstPaintMs?: number;
}

/** Runs in the page before its scripts: measures, without asking the player, when its canvas first shows something. */
function observeFirstPaint(): void {
  let began: number | undefined;
  const probe = new OffscreenCanvas(1, 1).getContext("2d", { willReadFrequently: true });
  const look = (): void => {
    const canvas = document.querySelector("hang-watch")?.shadowRoot?.querySelector("canvas");
    if (document.querySelector("hang-watch")) began ??= performance.now();
    if (canvas && canvas.width > 0 && probe && began !== undefined) {
      probe.clearRect(0, 0, 1, 1);
      probe.drawImage(canvas, 0, 0, canvas.width, canvas.height, 0, 0, 1, 1);
      const [red = 0, green = 0, blue = 0, alpha = 0] = probe.getImageData(0, 0, 1, 1).data;
      if (alpha > 0 && red + green + blue > 0) {
        (globalThis as FirstPaint).firstPaintMs = performance.now() - began;
        return;
      }
    }
    requestAnimationFrame(look);
  };
  new MutationObserver((_, observer) => {
    if (!document.querySelector("hang-watch")) return;
    observer.disconnect();
    began ??= performance.now();
  }).observe(document, { childList: true, subtree: true });
  requestAnimationFrame(look);
}
