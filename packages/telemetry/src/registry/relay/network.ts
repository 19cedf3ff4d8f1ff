import type { MetricTable } from "../metric-record.ts";
import * as sets from "../sets.ts";

const relay = { sender: "relay", stability: "development" } as const;

/** The paths to peers, by where a figure was measured, and the links of the cluster. */
export const networkMetrics = {
  "moq.relay.rtt": {
    ...relay,
    instrument: "histogram",
    unit: "s",
    description: "Smoothed round-trip time per session, sampled every 10 s, by where it was measured.",
    attributes: { transport: sets.transport, source: sets.linkSource },
    buckets: "rtt",
  },
  "moq.relay.congestion_window": {
    ...relay,
    instrument: "histogram",
    unit: "By",
    description: "Congestion window per session, sampled every 10 s; tcp_info: segments times segment size.",
    attributes: { source: sets.linkSource },
    buckets: "window",
  },
  "moq.relay.congestion_events": {
    ...relay,
    instrument: "counter",
    unit: "{event}",
    description: "Reductions of the congestion window, where the stack counts them.",
    attributes: { source: sets.linkSource },
  },
  "moq.relay.send_rate_estimate": {
    ...relay,
    instrument: "histogram",
    unit: "bit/s",
    description: "What the link to a session is thought to carry, sampled every 10 s.",
    attributes: { transport: sets.transport },
    buckets: "bitrate",
  },
  "moq.relay.packets_sent": {
    ...relay,
    instrument: "counter",
    unit: "{packet}",
    description: "QUIC packets sent; tcp_info: TCP segments that carry data, those sent again included.",
    attributes: { transport: sets.transport, source: sets.linkSource },
  },
  "moq.relay.packets_lost": {
    ...relay,
    instrument: "counter",
    unit: "{packet}",
    description: "Packets declared lost, running maximum; tcp_info: segments sent again, an upper bound.",
    attributes: { transport: sets.transport, source: sets.linkSource },
  },
  "moq.relay.upstream_sessions": {
    ...relay,
    instrument: "updowncounter",
    unit: "{session}",
    description: "Outbound sessions to other relays.",
    attributes: {},
  },
  "moq.relay.upstream_subscriptions": {
    ...relay,
    instrument: "updowncounter",
    unit: "{subscription}",
    description: "Open upstream SUBSCRIBEs; one per broadcast and track.",
    attributes: {},
  },
  "moq.relay.link_io": {
    ...relay,
    instrument: "counter",
    unit: "By",
    description: "Payload bytes per cluster link: the edges of the topology.",
    attributes: { "peer.node": sets.peerNode, direction: sets.direction },
  },
  "moq.relay.link_rtt": {
    ...relay,
    instrument: "gauge",
    unit: "s",
    description: "Smoothed round-trip time of the link.",
    attributes: { "peer.node": sets.peerNode },
  },
  "moq.relay.link_up": {
    ...relay,
    instrument: "updowncounter",
    unit: "{link}",
    description: "1 while a session with that relay is set up, whichever side dialled, else 0; each end counts its own.",
    attributes: { "peer.node": sets.peerNode },
  },
} as const satisfies MetricTable;
