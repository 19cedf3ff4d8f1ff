import type { Board } from "./kit/board.ts";
import { latency } from "./pipeline/latency.ts";
import { player } from "./pipeline/player.ts";
import { publisher } from "./pipeline/publisher.ts";
import { relay } from "./pipeline/relay.ts";

/** Publisher, relay and player side by side: where does media get lost or late. */
export const pipeline: Board = {
  uid: "moq-pipeline",
  title: "moqscope / Pipeline",
  description: "Publisher, relay and player side by side: at which of them is media late or lost.",
  variables: ["region", "transport", "cloud_region"],
  rows: [
    // Three columns: the grid fills row by row, so that the first of each stand beside each other, then the second.
    { title: "Publisher · Relay · Player", panels: publisher.flatMap((panel, at) => [panel, relay[at] ?? [], player[at] ?? []].flat()) },
    { title: "Latency by hop", panels: latency },
  ],
};
