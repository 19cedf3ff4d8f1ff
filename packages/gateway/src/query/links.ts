import type { LinkSummary } from "@moqscope/telemetry/query";
import type { Figures, Match } from "./figures.ts";

/** What relays and players know of their links, a row for each transport and source. */
export function links(figures: Figures): LinkSummary[] {
  const relays = figures.pairs(["moq.relay.rtt", "moq.relay.packets_sent"], ["transport", "source"]);
  const players = figures.pairs(["moq.client.rtt"], ["transport", "source"]);
  return [
    ...relays.map(([transport = "", source = ""]): LinkSummary => {
      const isThis = matching(transport, source);
      return { measuredBy: "relay", transport, source, rtt: figures.spread("moq.relay.rtt", isThis), loss: loss(figures, isThis) };
    }),
    ...players.map(([transport = "", source = ""]): LinkSummary => {
      const rtt = figures.spread("moq.client.rtt", matching(transport, source));
      return { measuredBy: "player", transport, source, rtt, loss: null };
    }),
  ].filter(({ rtt, loss: lost }) => rtt !== null || (lost !== null && lost.sent > 0));
}

const matching =
  (transport: string, source: string): Match =>
  (labels) =>
    labels["transport"] === transport && labels["source"] === source;

/** `null` where packets are not counted, or their loss is not. */
function loss(figures: Figures, isThis: Match): LinkSummary["loss"] {
  const sent = figures.grown("moq.relay.packets_sent", isThis);
  const lost = figures.grown("moq.relay.packets_lost", isThis);
  if (sent === null || lost === null) return null;
  return { sent: sent.value, lost: lost.value, ratio: sent.value > 0 ? lost.value / sent.value : null, atMs: sent.atMs };
}
