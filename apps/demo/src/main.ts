import "@moqscope/hang/watch/element";
import "@moqscope/hang/stats/element";
import { carriedBy, figuresOf } from "./figures.ts";
import { readSettings, type Settings } from "./settings.ts";

declare const __MOQSCOPE_DEFAULTS__: Pick<Settings, "url" | "name" | "telemetry" | "console">;

const settings = readSettings(location.search, __MOQSCOPE_DEFAULTS__);
const player = document.createElement("hang-watch");
const figures = find("#figures", "dl");

find("#broadcast", "strong").textContent = settings.name;
find("#relay", "strong").textContent = URL.parse(settings.url)?.host ?? settings.url;
for (const id of ["#console", "#console-too"]) if (isWeb(settings.console)) find(id, "a").href = settings.console;

find("#reported", "span").hidden = settings.telemetry === "";
player.telemetry = settings.telemetry;
player.rendition = settings.rendition;
if (settings.latency) player.setAttribute("latency", settings.latency);
player.muted = settings.muted;
player.name = settings.name;
player.url = settings.url;
const overlay = document.createElement("hang-stats");
overlay.hidden = true;
// On a small screen the picture has no room for it.
(matchMedia("(max-width: 760px)").matches ? find("#below", "div") : player).append(overlay);
find("#more", "button").onclick = () => {
  overlay.hidden = !overlay.hidden;
  find("#more", "button").ariaExpanded = String(!overlay.hidden);
};
// Entering the page is the play instruction: everything it needs is known by then.
find("#stage", "div").replaceChildren(player);

const rows = figuresOf(undefined).map(({ label }) => {
  const row = document.createElement("div");
  const term = document.createElement("dt");
  const value = document.createElement("dd");
  term.textContent = label;
  row.append(term, value);
  figures.append(row);
  return { row, value };
});
function show(): void {
  const transport = carriedBy(player.stats());
  find("#carried", "span").hidden = transport === undefined;
  find("#transport", "strong").textContent = transport ?? "";
  for (const [index, { text, title, bad }] of figuresOf(player.stats()).entries()) {
    const row = rows[index];
    if (!row) continue;
    row.row.title = title;
    row.value.textContent = text ?? "–";
    row.value.className = text === undefined ? "none" : bad ? "bad" : "";
  }
}
setInterval(show, 500);
for (const event of ["statechange", "transport"]) player.addEventListener(event, show);
show();

function find<K extends keyof HTMLElementTagNameMap>(selector: string, _tag: K): HTMLElementTagNameMap[K] {
  const found = document.querySelector<HTMLElementTagNameMap[K]>(selector);
  if (!found) throw new Error(`the page has no ${selector}`);
  return found;
}
function isWeb(url: string): boolean {
  return /^https?:$/.test(URL.parse(url)?.protocol ?? "");
}
