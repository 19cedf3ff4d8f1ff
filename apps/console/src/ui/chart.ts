import { html, nothing, render } from "lit";
import uPlot from "uplot";
import { timeOfDay } from "../format/time.ts";
import { type ChartModel, inWords, newest, visible } from "./chart-model.ts";

const heightPx = 132;
const cursorKey = "console";

/** A live graph: uPlot for the lines, own legend with the newest value or the one under the pointer. */
class ConsoleChart extends HTMLElement {
  #model: ChartModel | undefined;
  #plot: uPlot | undefined;
  #canvas: HTMLElement | undefined;
  #legend: HTMLElement | undefined;
  readonly #resized = new ResizeObserver(() => this.#fit());
  readonly #recolour = (): void => this.#rebuild();
  readonly #dark = matchMedia("(prefers-color-scheme: dark)");

  connectedCallback(): void {
    this.#resized.observe(this);
    this.#dark.addEventListener("change", this.#recolour);
    document.addEventListener("console-theme", this.#recolour);
    this.#rebuild();
  }

  disconnectedCallback(): void {
    this.#resized.disconnect();
    this.#dark.removeEventListener("change", this.#recolour);
    document.removeEventListener("console-theme", this.#recolour);
    this.#plot?.destroy();
    this.#plot = undefined;
  }

  set model(model: ChartModel) {
    this.#model = model;
    if (this.#plot === undefined) this.#rebuild();
    else this.#update();
  }

  #update(): void {
    const [plot, model] = [this.#plot, this.#model];
    if (plot === undefined || model === undefined) return;
    plot.batch(() => {
      plot.setData(dataOf(model), false);
      plot.setScale("x", { min: model.fromMs / 1000, max: model.toMs / 1000 });
      plot.setScale("y", { min: 0, max: topOf(model) });
    });
    this.#canvas?.setAttribute("aria-label", inWords(model));
    this.#showLegend();
  }

  #rebuild(): void {
    const model = this.#model;
    if (model === undefined || !this.isConnected) return;
    this.#plot?.destroy();
    this.#legend ??= this.appendChild(element("p", "legend"));
    this.#canvas ??= this.appendChild(element("div", "canvas"));
    this.#canvas.setAttribute("role", "img");
    this.#plot = new uPlot(this.#options(model), dataOf(model), this.#canvas);
    this.#update();
  }

  #fit(): void {
    const width = Math.floor(this.clientWidth);
    if (this.#plot !== undefined && width > 0 && width !== this.#plot.width) this.#plot.setSize({ width, height: heightPx });
  }

  #options(model: ChartModel): uPlot.Options {
    const style = getComputedStyle(this);
    const colour = (name: string): string => style.getPropertyValue(name).trim();
    const axis: uPlot.Axis = {
      stroke: colour("--ink-3"),
      font: `11px ${style.fontFamily}`,
      grid: { stroke: colour("--line"), width: 1 },
      ticks: { show: false },
    };
    return {
      width: Math.max(120, Math.floor(this.clientWidth)),
      height: heightPx,
      legend: { show: false },
      padding: [8, 14, 0, 0],
      cursor: { y: false, drag: { x: false, y: false }, sync: { key: cursorKey }, points: { size: 6 } },
      scales: { x: { time: true, auto: false }, y: { auto: false } },
      axes: [
        {
          ...axis,
          size: 22,
          gap: 4,
          space: 46,
          incrs: [60, 120, 300, 600],
          grid: { show: false },
          values: (_, ticks) => ticks.map((tick) => timeOfDay(tick * 1000).slice(0, 5)),
        },
        { ...axis, size: 70, gap: 6, space: 34, values: (_, ticks) => ticks.map((tick) => this.#model?.mark(tick) ?? "") },
      ],
      series: [
        {},
        ...model.lines.map((line): uPlot.Series => {
          const stroke = colour(line.tone === "accent" ? "--accent" : "--ink-3");
          return { stroke, width: 1.5, points: { show: (plot, index) => isSparse(plot, index), size: 4, fill: stroke }, spanGaps: false };
        }),
      ],
      hooks: { setCursor: [() => this.#showLegend()] },
    };
  }

  #showLegend(): void {
    const [model, legend] = [this.#model, this.#legend];
    if (model === undefined || legend === undefined) return;
    const index = this.#plot?.cursor.idx ?? null;
    const atMs = index === null ? undefined : model.timesMs[index];
    const empty = model.lines.every((line) => visible(model, line).length === 0);
    this.#canvas?.classList.toggle("empty", empty);
    render(
      html`${model.lines.map((line) => {
        const value = index === null ? newest(model, line) : (line.values[index] ?? null);
        return html`<span class="entry"
          ><span class="swatch" data-tone=${line.tone} aria-hidden="true"></span>${line.label}
          ${value === null ? html`<span class="none">no data</span>` : html`<b>${model.format(value)}</b>`}</span
        >`;
      })}${atMs === undefined ? nothing : html`<span class="at">at ${timeOfDay(atMs).slice(0, 8)}</span>`}`,
      legend,
    );
  }
}

/** Points are drawn where a line would not be: few values, each alone. */
function isSparse(plot: uPlot, seriesIndex: number): boolean {
  const values = plot.data[seriesIndex] ?? [];
  let known = 0;
  let joined = 0;
  for (const [index, value] of values.entries()) {
    if (value === null || value === undefined) continue;
    known += 1;
    if (typeof values[index - 1] === "number") joined += 1;
  }
  return known > 0 && joined < known / 2;
}

function dataOf(model: ChartModel): uPlot.AlignedData {
  return [model.timesMs.map((atMs) => atMs / 1000), ...model.lines.map((line) => [...line.values])];
}

function topOf(model: ChartModel): number {
  const highest = Math.max(0, ...model.lines.flatMap((line) => visible(model, line)));
  return Math.max(model.leastTop, highest * 1.12);
}

function element(tag: string, name: string): HTMLElement {
  const made = document.createElement(tag);
  made.className = name;
  return made;
}

customElements.define("console-chart", ConsoleChart);
