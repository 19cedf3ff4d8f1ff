import { Controls } from "./element/controls.ts";
import { ElementTelemetry } from "./element/telemetry.ts";
import { tokenExchangeOf } from "./element/token-exchange.ts";
import { noticeFor, stateWord } from "./element/words.ts";
import { canvasScreen } from "./media/screen.ts";
import { defaultLatencyMs, type PlayerEvent } from "./options.ts";
import { Player } from "./player.ts";
import type { WatchStats } from "./stats.ts";

const observed = ["url", "name", "rendition", "latency", "muted", "paused", "telemetry", "telemetry-token"] as const;
type Observed = (typeof observed)[number];

/**
 * `<hang-watch url name [rendition] [latency] [muted] [paused] [telemetry] [telemetry-token]>` plays a hang broadcast while it is in a page.
 * Events: `statechange` (detail: `{state, from}`), `transport` (detail: `TransportChoice`), `error` (detail: `{error, fatal}`), `stats` once
 * a second (detail: `WatchStats`). It sets its attributes `transport` and `transport-reason` to those of its session.
 */
export class HangWatch extends HTMLElement {
  static readonly observedAttributes: readonly string[] = observed;
  readonly #controls: Controls;
  #player: Player | undefined;
  #telemetry: ElementTelemetry | undefined;
  #release: AbortController | undefined;
  #error: unknown;
  #renewing = false;

  constructor() {
    super();
    this.#controls = new Controls(this.attachShadow({ mode: "open" }), {
      toggle: () => this.#toggle(),
      mute: () => this.#mute(),
      volume: (value) => this.#setVolume(value),
      rendition: (name) => {
        this.rendition = name ?? "";
      },
      enlarge: () => void this.#enlarge(),
      allowSound: () => this.#player?.unblockSound(),
    });
  }
  /** The player of the present address; `undefined` while the element is in no page. */
  get player(): Player | undefined {
    return this.#player;
  }
  get url(): string {
    return this.getAttribute("url") ?? "";
  }
  set url(value: string) {
    this.setAttribute("url", value);
  }
  /** Path of the broadcast. */
  get name(): string {
    return this.getAttribute("name") ?? "";
  }
  set name(value: string) {
    this.setAttribute("name", value);
  }
  /** Name of the video rendition; empty chooses by size. */
  get rendition(): string {
    return this.getAttribute("rendition") ?? "";
  }
  set rendition(value: string) {
    this.#reflect("rendition", value || undefined);
  }
  /** Milliseconds between live edge and picture. */
  get latency(): number {
    const value = Number(this.getAttribute("latency") ?? Number.NaN);
    return Number.isFinite(value) ? value : defaultLatencyMs;
  }
  set latency(value: number) {
    this.setAttribute("latency", String(value));
  }
  get muted(): boolean {
    return this.hasAttribute("muted");
  }
  set muted(value: boolean) {
    this.toggleAttribute("muted", value);
  }
  get paused(): boolean {
    return this.hasAttribute("paused");
  }
  set paused(value: boolean) {
    this.toggleAttribute("paused", value);
  }
  /** The gateway's public ingest; empty sends nothing and loads nothing. */
  get telemetry(): string {
    return this.getAttribute("telemetry") ?? "";
  }
  set telemetry(value: string) {
    this.#reflect("telemetry", value || undefined);
  }
  /** Whether the gateway asks for tokens although the address has no `?jwt=`, since the broadcast is public. */
  get telemetryToken(): boolean {
    return this.hasAttribute("telemetry-token");
  }
  set telemetryToken(value: boolean) {
    this.toggleAttribute("telemetry-token", value);
  }
  play(): void {
    this.paused = false;
    this.#player?.play();
  }
  pause(): void {
    this.paused = true;
  }
  /** What is known now; `undefined` while the element is in no page. */
  stats(): WatchStats | undefined {
    return this.#player?.stats();
  }

  connectedCallback(): void {
    if (this.tabIndex < 0) this.tabIndex = 0;
    if (!this.hasAttribute("role")) this.setAttribute("role", "region");
    if (!this.hasAttribute("aria-label")) this.setAttribute("aria-label", "Live player");
    this.#release = new AbortController();
    this.#listen(this.#release.signal);
    this.#start();
  }
  disconnectedCallback(): void {
    this.#release?.abort();
    this.#stop("quit");
  }
  attributeChangedCallback(name: Observed, before: string | null, after: string | null): void {
    if (!this.isConnected || before === after) return;
    if (name === "url" || name === "name" || name === "telemetry" || name === "telemetry-token") return this.#renew();
    if (this.#player) this.#apply(name, this.#player);
    this.#update();
  }
  #apply(name: Exclude<Observed, "url" | "name" | "telemetry" | "telemetry-token">, player: Player): void {
    switch (name) {
      case "rendition":
        player.rendition = this.rendition || undefined;
        break;
      case "latency":
        player.latencyMs = this.latency;
        break;
      case "muted":
        player.muted = this.muted;
        break;
      case "paused":
        if (this.paused) player.pause();
        else player.play();
        break;
    }
  }

  /** Several attributes changed in one turn make one new player. */
  #renew(): void {
    if (this.#renewing) return;
    this.#renewing = true;
    queueMicrotask(() => {
      this.#renewing = false;
      if (!this.isConnected) return;
      this.#stop("quit");
      this.#start();
    });
  }
  #start(): void {
    if (!this.url || !this.name) return this.#update();
    const sessionId = crypto.randomUUID();
    this.#telemetry = this.telemetry
      ? new ElementTelemetry(this.telemetry, sessionId, tokenExchangeOf(this.url, this.name, this.telemetryToken))
      : undefined;
    const recorder = this.#telemetry?.recorder;
    this.#player = new Player({
      url: this.url,
      name: this.name,
      sessionId,
      screen: canvasScreen(this.#controls.canvas),
      latencyMs: this.latency,
      muted: this.muted,
      ...(this.rendition ? { rendition: this.rendition } : {}),
      ...(recorder ? { recorder, timeUrl: this.telemetry } : {}),
      onEvent: (event) => this.#heard(event),
    });
    if (!this.paused) this.#player.play();
    this.#update();
  }
  #stop(reason: "quit" | "navigated"): void {
    this.#player?.close(reason);
    this.#player = undefined;
    for (const name of ["transport", "transport-reason"]) this.removeAttribute(name);
    this.#telemetry?.close(reason);
    this.#telemetry = undefined;
    this.#error = undefined;
  }
  #heard(event: PlayerEvent): void {
    if (event.kind === "state") {
      this.#telemetry?.state(event.state);
      if (event.state !== "failed") this.#error = undefined;
      this.dispatchEvent(new CustomEvent("statechange", { detail: { state: event.state, from: event.from } }));
    } else if (event.kind === "transport") {
      const { choice } = event;
      this.setAttribute("transport", choice.kind);
      this.setAttribute("transport-reason", choice.reason);
      this.dispatchEvent(new CustomEvent("transport", { detail: choice }));
    } else if (event.kind === "error") {
      this.#error = event.error;
      this.dispatchEvent(new CustomEvent("error", { detail: { error: event.error, fatal: event.fatal } }));
    }
    this.#update();
  }
  #listen(signal: AbortSignal): void {
    this.addEventListener("keydown", (event) => this.#key(event), { signal });
    // Browsers hold sound back until the viewer touches the page, wherever that is.
    for (const gesture of ["pointerdown", "keydown"] as const)
      document.addEventListener(gesture, () => this.muted || this.#player?.unblockSound(), { signal, capture: true });
    document.addEventListener("fullscreenchange", () => this.#update(), { signal });
    addEventListener("pagehide", () => this.#stop("navigated"), { signal });
    addEventListener("pageshow", ({ persisted }) => persisted && this.#renew(), { signal });
    const sizes = new ResizeObserver(() => this.#player?.resized());
    sizes.observe(this);
    const timer = setInterval(() => this.#tellStats(), 1000);
    signal.addEventListener("abort", () => {
      sizes.disconnect();
      clearInterval(timer);
    });
  }
  #tellStats(): void {
    const detail = this.stats();
    if (detail) this.dispatchEvent(new CustomEvent("stats", { detail }));
    this.#update();
  }
  #toggle(): void {
    const state = this.#player?.state;
    if (state === "ended" || state === "failed") this.#player?.play();
    else this.paused = !this.paused;
  }
  #mute(): void {
    if (this.muted && this.#player?.volume === 0) this.#player.volume = 1;
    this.muted = !this.muted;
  }
  #setVolume(value: number): void {
    if (!this.#player) return;
    this.#player.volume = value;
    this.muted = value === 0;
  }
  async #enlarge(): Promise<void> {
    try {
      if (document.fullscreenElement === this) await document.exitFullscreen();
      else await this.requestFullscreen();
    } catch {
      // The page or the browser does not allow full screen: the picture stays where it is.
    }
  }
  #key(event: KeyboardEvent): void {
    if (event.ctrlKey || event.altKey || event.metaKey || event.composedPath()[0] instanceof HTMLSelectElement) return;
    const volume = this.#player?.volume ?? 1;
    const actions: Readonly<Record<string, () => void>> = {
      " ": () => this.#toggle(),
      k: () => this.#toggle(),
      m: () => this.#mute(),
      f: () => void this.#enlarge(),
      ArrowUp: () => this.#setVolume(Math.min(1, volume + 0.1)),
      ArrowDown: () => this.#setVolume(Math.max(0, volume - 0.1)),
    };
    const action = actions[event.key];
    // A focused button has its own use for the space bar.
    if (!action || (event.key === " " && event.composedPath()[0] instanceof HTMLButtonElement)) return;
    event.preventDefault();
    action();
  }
  #update(): void {
    const player = this.#player;
    const state = player?.state ?? "paused";
    const link = player?.link ?? "closed";
    const stats = player?.stats();
    this.#controls.update({
      state,
      word: stateWord(state, link),
      notice: noticeFor(state, link, { name: this.name, host: hostOf(this.url), error: this.#error }),
      muted: this.muted,
      volume: player?.volume ?? 1,
      soundBlocked: stats?.audio.blocked ?? false,
      renditions: player?.renditions ?? [],
      rendition: player?.rendition,
      shown: stats?.rendition,
    });
  }
  #reflect(name: Observed, value: string | undefined): void {
    if (value === undefined) this.removeAttribute(name);
    else this.setAttribute(name, value);
  }
}

function hostOf(url: string): string {
  return URL.parse(url)?.host ?? url;
}

declare global {
  interface HTMLElementTagNameMap {
    "hang-watch": HangWatch;
  }
}
if (!customElements.get("hang-watch")) customElements.define("hang-watch", HangWatch);
