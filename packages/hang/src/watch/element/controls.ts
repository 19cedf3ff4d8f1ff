import type { RenditionChoice } from "../player.ts";
import type { PlayerState } from "../stats.ts";
import { icons } from "./icons.ts";
import { watchStyle } from "./style.ts";
import type { Notice } from "./words.ts";

/** What the controls show. */
export interface ControlsView {
  readonly state: PlayerState;
  readonly word: string;
  readonly notice: Notice | undefined;
  readonly muted: boolean;
  /** 0 to 1. */
  readonly volume: number;
  readonly soundBlocked: boolean;
  readonly renditions: readonly RenditionChoice[];
  readonly rendition: string | undefined;
  readonly shown: string | undefined;
}
export interface ControlsActions {
  toggle(): void;
  mute(): void;
  volume(value: number): void;
  /** `undefined` chooses by size. */
  rendition(name: string | undefined): void;
  enlarge(): void;
  allowSound(): void;
}

const template = `<style>${watchStyle}</style>
<canvas part="picture" width="16" height="9" role="img"></canvas>
<div class="notice" role="status" aria-live="polite"></div>
<button class="sound" type="button" hidden>${icons.muted}&nbsp;Turn sound on</button>
<div class="shade" part="controls">
  <button type="button" data-is="toggle"></button>
  <button type="button" data-is="mute"></button>
  <input type="range" data-is="volume" min="0" max="1" step="0.05" aria-label="Volume">
  <span class="live"></span>
  <span class="space"></span>
  <select data-is="rendition" aria-label="Quality"></select>
  <button type="button" data-is="enlarge"></button>
</div>
<slot name="overlay"></slot>`;

/** The shadow tree of the element and what its buttons do. */
export class Controls {
  readonly canvas: HTMLCanvasElement;
  readonly #root: ShadowRoot;
  #options = "";
  #notice = "";
  constructor(root: ShadowRoot, actions: ControlsActions) {
    this.#root = root;
    root.innerHTML = template;
    this.canvas = this.#find("canvas");
    this.#find("[data-is=toggle]").onclick = () => actions.toggle();
    this.#find("[data-is=mute]").onclick = () => actions.mute();
    this.#find("[data-is=enlarge]").onclick = () => actions.enlarge();
    this.#find(".sound").onclick = () => actions.allowSound();
    const volume = this.#find<HTMLInputElement>("[data-is=volume]");
    volume.oninput = () => actions.volume(volume.valueAsNumber);
    const rendition = this.#find<HTMLSelectElement>("[data-is=rendition]");
    rendition.onchange = () => actions.rendition(rendition.value || undefined);
    this.#find(".notice").onclick = (event) => {
      if (event.target instanceof HTMLButtonElement) actions.toggle();
    };
    this.canvas.ondblclick = () => actions.enlarge();
  }
  update(view: ControlsView): void {
    const playing = view.state !== "paused" && view.state !== "ended" && view.state !== "failed";
    this.#button("toggle", playing ? "pause" : "play", playing ? "Pause" : "Play");
    const silent = view.muted || view.volume === 0;
    this.#button("mute", silent ? "muted" : "sound", silent ? "Unmute" : "Mute");
    const full = document.fullscreenElement === this.#root.host;
    this.#button("enlarge", full ? "shrink" : "enlarge", full ? "Leave full screen" : "Full screen");
    this.#find<HTMLInputElement>("[data-is=volume]").value = String(view.muted ? 0 : view.volume);
    const live = this.#find(".live");
    live.textContent = view.word;
    live.dataset["state"] = view.state;
    this.#find(".shade").classList.toggle("stay", !playing);
    this.#find(".sound").hidden = !view.soundBlocked || view.muted || view.state !== "playing";
    this.canvas.setAttribute("aria-label", `Live picture: ${view.word}`);
    this.#showRenditions(view);
    this.#showNotice(view.notice);
  }
  #button(is: string, icon: keyof typeof icons, label: string): void {
    const button = this.#find(`[data-is=${is}]`);
    if (button.ariaLabel === label) return;
    button.innerHTML = icons[icon];
    button.ariaLabel = button.title = label;
  }
  #showRenditions({ renditions, rendition, shown }: ControlsView): void {
    const select = this.#find<HTMLSelectElement>("[data-is=rendition]");
    select.hidden = renditions.length < 2;
    const auto = renditions.find(({ name }) => name === shown);
    const labels = [
      ["", `Auto${auto && rendition === undefined ? ` (${label(auto)})` : ""}`],
      ...renditions.map((choice) => [choice.name, label(choice)]),
    ];
    const key = JSON.stringify(labels);
    if (key !== this.#options) {
      this.#options = key;
      select.replaceChildren(...labels.map(([value = "", text = ""]) => new Option(text, value)));
    }
    select.value = rendition ?? "";
  }
  #showNotice(notice: Notice | undefined): void {
    const key = JSON.stringify(notice ?? null);
    if (key === this.#notice) return;
    this.#notice = key;
    this.#find(".notice").replaceChildren(...(notice ? noticeNodes(notice) : []));
  }
  #find<E extends HTMLElement = HTMLElement>(selector: string): E {
    const found = this.#root.querySelector<E>(selector);
    if (!found) throw new Error(`the template has no ${selector}`);
    return found;
  }
}

function label({ name, height }: RenditionChoice): string {
  return height === undefined ? name : `${height}p`;
}
function noticeNodes({ title, detail, busy, retry }: Notice): HTMLElement[] {
  const nodes: HTMLElement[] = [];
  const text = element("div", busy ? "text busy" : "text");
  if (busy) text.append(element("div", "spinner"));
  text.append(element("strong", "", title));
  if (detail) text.append(element("span", "", detail));
  nodes.push(text);
  if (retry) nodes.push(element("button", "", "Try again"));
  return nodes;
}
function element(tag: string, className: string, text = ""): HTMLElement {
  const made = document.createElement(tag);
  made.className = className;
  made.textContent = text;
  return made;
}
