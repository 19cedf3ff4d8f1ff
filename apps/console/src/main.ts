import { render } from "lit";
import { shell } from "./app/shell.ts";
import { Store } from "./app/store.ts";
import { gatewayApi } from "./data/api.ts";
import { browserClock } from "./data/clock.ts";
import type { EventStream } from "./data/summary-stream.ts";

const root = document.querySelector<HTMLElement>("#console");
if (root === null) throw new Error("the page has no element #console");

let store: Store | undefined;
let due = false;

/** Draws at most once per frame, however much changed. A hidden page is drawn when it is seen again. */
function draw(): void {
  if (due) return;
  due = true;
  requestAnimationFrame(() => {
    due = false;
    if (store !== undefined) render(shell(store.state, store), root as HTMLElement);
  });
}

store = new Store({
  api: gatewayApi,
  clock: browserClock,
  openStream: () => new EventSource(gatewayApi.streamUrl) as EventStream,
  onChange: draw,
});
addEventListener("hashchange", store.follow);
addEventListener("popstate", store.follow);
// Ages grow while nothing arrives.
setInterval(draw, 1_000);
draw();
