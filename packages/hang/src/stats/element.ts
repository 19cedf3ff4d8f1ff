import type { HangWatch } from "../watch/element.ts";
import type { WatchStats } from "../watch/stats.ts";
import { startupPhases } from "../watch/timing/startup.ts";
import { barPath, graphSize, linePath, niceTop } from "./graph.ts";
import { History, type Second } from "./history.ts";
import { bits, type Section, sectionsOf } from "./rows.ts";
import { statsStyle } from "./style.ts";

interface Graph {
  readonly title: string;
  readonly of: (second: Second) => number | undefined;
  readonly show: (value: number) => string;
}
const graphs: readonly Graph[] = [
  { title: "Latency", of: ({ latencyMs }) => latencyMs, show: (value) => `${Math.round(value)} ms` },
  { title: "Buffer", of: ({ bufferMs }) => bufferMs, show: (value) => `${Math.round(value)} ms` },
  { title: "Bitrate", of: ({ bitsPerSecond }) => bitsPerSecond, show: (value) => bits(value) ?? "" },
];
const { width, height } = graphSize;
const template = `<style>${statsStyle}</style>
<header><h2>Player figures</h2><span class="said" role="status"></span><button type="button" data-is="copy">Copy as JSON</button
  ><button type="button" data-is="close" aria-label="Hide the figures" title="Hide the figures (i)">✕</button></header>
<div class="graphs">${graphs
  .map(
    ({ title }) => `<figure><figcaption>${title} <b></b></figcaption>
  <svg viewBox="0 0 ${width} ${height}" preserveAspectRatio="none" role="img"><path class="stall"></path><path class="line"></path></svg></figure>`,
  )
  .join("")}</div>
<div data-is="startup"></div>
<div data-is="sections"><p class="none">No player yet.</p></div>`;

/** How long "Copied" stands. */
const saidMs = 2_000;

/**
 * `<hang-stats [for]>` shows what a `<hang-watch>` of the page does, measured in the player itself: state, transport and why, latency with its
 * uncertainty, buffer, frames, stalls, startup by phase, and graphs of the last minute. Within a `<hang-watch>` it lies over the picture; elsewhere
 * `for` names the player by its id, else it is the first one of the page. The key `i` on the player shows and hides it.
 */
export class HangStats extends HTMLElement {
  static readonly observedAttributes: readonly string[] = ["for"];
  readonly #root: ShadowRoot;
  readonly #history = new History();
  #player: HangWatch | undefined;
  #listening: AbortController | undefined;
  #shown = "";

  constructor() {
    super();
    this.#root = this.attachShadow({ mode: "open" });
    this.#root.innerHTML = template;
    this.#find("[data-is=copy]").onclick = () => void this.#copy();
    this.#find("[data-is=close]").onclick = () => this.#toggle();
  }
  /** The player that it tells of. */
  get player(): HangWatch | undefined {
    return this.#player;
  }
  /** What is shown, for a report of a fault: the snapshot, the last minute and the page. */
  report(): Record<string, unknown> {
    const { url = "", name = "" } = this.#player ?? {};
    return {
      at: new Date().toISOString(),
      relay: withoutSecrets(url),
      broadcast: name,
      userAgent: navigator.userAgent,
      stats: this.#player?.stats(),
      seconds: this.#history.seconds,
    };
  }

  connectedCallback(): void {
    if (!this.hasAttribute("role")) this.setAttribute("role", "group");
    if (!this.hasAttribute("aria-label")) this.setAttribute("aria-label", "Player figures");
    this.#listening = new AbortController();
    const { signal } = this.#listening;
    // Players may come to the page later than this.
    const timer = setInterval(() => this.#follow(signal), 1_000);
    signal.addEventListener("abort", () => clearInterval(timer));
    this.#follow(signal);
  }
  disconnectedCallback(): void {
    this.#listening?.abort();
    this.#player = undefined;
  }
  attributeChangedCallback(): void {
    if (this.isConnected && this.#listening) this.#follow(this.#listening.signal);
  }

  #follow(signal: AbortSignal): void {
    const player = this.#wanted();
    if (player === this.#player) return;
    this.#player = player;
    this.slot = player && player === this.closest("hang-watch") ? "overlay" : "";
    if (!player) return this.#show(undefined);
    const isFollowed = (): boolean => player === this.#player;
    player.addEventListener("stats", ({ detail }: CustomEventInit<WatchStats>) => detail && isFollowed() && this.#take(detail), { signal });
    player.addEventListener("keydown", (event) => event.key === "i" && isFollowed() && !hasModifier(event) && this.#toggle(), { signal });
    this.#show(player.stats());
  }
  #wanted(): HangWatch | undefined {
    const id = this.getAttribute("for");
    const root = this.getRootNode() as Document | ShadowRoot;
    const found = id ? root.querySelector(`#${CSS.escape(id)}`) : (this.closest("hang-watch") ?? root.querySelector("hang-watch"));
    return found?.localName === "hang-watch" ? (found as HangWatch) : undefined;
  }
  #toggle(): void {
    this.hidden = !this.hidden;
    if (this.hidden) this.#player?.focus();
    else this.#show(this.#player?.stats());
  }
  #take(stats: WatchStats): void {
    this.#history.add(stats);
    if (!this.hidden) this.#show(stats);
  }
  #show(stats: WatchStats | undefined): void {
    this.#showSections(stats ? sectionsOf(stats, this.#history.bitsPerSecond) : []);
    this.#showStartup(stats);
    const { seconds } = this.#history;
    const stalls = barPath(seconds.map(({ stalled }) => stalled));
    for (const [index, figure] of [...this.#root.querySelectorAll("figure")].entries()) {
      const graph = graphs[index];
      if (graph) showGraph(figure, graph, { seconds, stalls });
    }
  }
  #showSections(sections: readonly Section[]): void {
    const key = JSON.stringify(sections);
    if (key === this.#shown) return;
    this.#shown = key;
    const nodes = sections.map(({ title, rows }) => {
      const list = made("dl");
      for (const { label, text, title: about, bad } of rows) {
        const value = made("dd", text, bad ? "bad" : "");
        const term = made("dt", label);
        term.title = value.title = about;
        list.append(term, value);
      }
      const section = made("section");
      section.append(made("h3", title), list);
      return section;
    });
    this.#find("[data-is=sections]").replaceChildren(...(nodes.length > 0 ? nodes : [made("p", "No player yet.", "none")]));
  }
  #showStartup(stats: WatchStats | undefined): void {
    const { startupMs, phases } = stats ?? {};
    const place = this.#find("[data-is=startup]");
    if (startupMs === undefined || phases === undefined) return place.replaceChildren();
    const bar = made("div", "", "phases");
    const parts = startupPhases.map((phase) => ({ phase, ms: phases[phase] ?? 0 }));
    for (const { phase, ms } of parts) {
      const part = made("span");
      part.style.flexGrow = String(ms);
      part.title = `${phase.replaceAll("_", " ")} ${Math.round(ms)} ms`;
      bar.append(part);
    }
    bar.setAttribute("aria-hidden", "true");
    const longest = parts.filter(({ ms }) => ms >= 0.5).map(({ phase, ms }) => `${phase.replaceAll("_", " ")} ${Math.round(ms)}`);
    place.replaceChildren(made("h3", `Startup ${Math.round(startupMs)} ms`), bar, made("p", `${longest.join(", ")} ms`, "legend"));
  }
  async #copy(): Promise<void> {
    const text = JSON.stringify(this.report(), undefined, 2);
    try {
      await navigator.clipboard.writeText(text);
      this.#say("Copied");
    } catch {
      // A page may not touch the clipboard: then the viewer copies by hand.
      const area = this.#root.querySelector("textarea") ?? document.createElement("textarea");
      area.value = text;
      area.readOnly = true;
      area.ariaLabel = "The figures as JSON";
      this.#find("header").after(area);
      area.focus();
      area.select();
      this.#say("Press Ctrl+C");
    }
  }
  #say(text: string): void {
    const place = this.#find(".said");
    place.textContent = text;
    setTimeout(() => {
      place.textContent = "";
    }, saidMs);
  }
  #find<E extends HTMLElement = HTMLElement>(selector: string): E {
    const found = this.#root.querySelector<E>(selector);
    if (!found) throw new Error(`the template has no ${selector}`);
    return found;
  }
}

function showGraph(
  figure: HTMLElement,
  graph: Graph,
  { seconds, stalls }: { readonly seconds: readonly Second[]; readonly stalls: string },
): void {
  const values = seconds.map(graph.of);
  const top = niceTop(values);
  const newest = values.at(-1);
  const text = newest === undefined ? "–" : graph.show(newest);
  (figure.querySelector("b") as HTMLElement).textContent = text;
  const picture = figure.querySelector("svg") as SVGElement;
  picture.setAttribute("aria-label", `${graph.title} of the last minute: ${text} now, up to ${graph.show(top)}`);
  picture.querySelector(".line")?.setAttribute("d", linePath(values, top));
  picture.querySelector(".stall")?.setAttribute("d", stalls);
}
function made(tag: string, text = "", className = ""): HTMLElement {
  const element = document.createElement(tag);
  element.textContent = text;
  if (className) element.className = className;
  return element;
}
function hasModifier({ ctrlKey, altKey, metaKey }: KeyboardEvent): boolean {
  return ctrlKey || altKey || metaKey;
}
/** An address without its query, which may hold a token. */
function withoutSecrets(url: string): string {
  return url.split("?", 1)[0] ?? "";
}

declare global {
  interface HTMLElementTagNameMap {
    "hang-stats": HangStats;
  }
}
if (!customElements.get("hang-stats")) customElements.define("hang-stats", HangStats);
