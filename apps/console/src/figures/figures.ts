/** What a figure is, in one sentence, and the metrics behind it: the text of every `?` and of docs/console.md. */
export interface Figure {
  readonly label: string;
  readonly explanation: string;
  readonly metrics: readonly string[];
}

export const figures = {
  liveBroadcasts: {
    label: "Live broadcasts",
    explanation: "Broadcasts that are announced now by publishers connected to a relay of the fleet.",
    metrics: ["moq.relay.active_streams"],
  },
  viewers: {
    label: "Viewers",
    explanation: "Pairs of a client session and a broadcast with at least one open subscription, as the relays count them.",
    metrics: ["moq.relay.active_subscribers"],
  },
  bitsIn: {
    label: "Bits in",
    explanation: "MoQ payload that came in from outside, per second over the rate window; what relays send each other is left out.",
    metrics: ["moq.relay.bytes_received"],
  },
  bitsOut: {
    label: "Bits out",
    explanation: "MoQ payload that the relays wrote to viewers, per second over the rate window.",
    metrics: ["moq.relay.bytes_sent"],
  },
  startupMean: {
    label: "Startup mean",
    explanation:
      "Mean time from the play instruction to the first painted frame, over the starts in the window; exact, from sum and count.",
    metrics: ["moq.client.startup_time"],
  },
  startupSlow: {
    label: "Startup p95",
    explanation:
      "95 of 100 starts in the window went from the play instruction to the first painted frame within this time, as finely as the histogram's buckets tell.",
    metrics: ["moq.client.startup_time"],
  },
  attempts: {
    label: "Joins",
    explanation: "Play attempts that ended in the window: started showed a frame, failed met a fatal error, exited left before either.",
    metrics: ["moq.client.play_attempts"],
  },
  players: {
    label: "Players",
    explanation: "Player sessions that report to the gateway now, by the state they reported last.",
    metrics: ["moq.gateway.active_sessions"],
  },
  buffer: {
    label: "Buffer p50",
    explanation: "Half of the video buffer samples in the window had at least this much media ahead of the playhead.",
    metrics: ["moq.client.buffer_length"],
  },
  stallCount: {
    label: "Stalls",
    explanation: "Times in the window that a player ran out of media while playing, counted once 100 ms have passed.",
    metrics: ["moq.client.rebuffer_count"],
  },
  stallSeconds: {
    label: "Time stalled",
    explanation: "Seconds that players spent stalled in the window, added up over all of them.",
    metrics: ["moq.client.rebuffer_time"],
  },
  stallRatio: {
    label: "Stall ratio",
    explanation: "Share of viewing time in the window that was spent stalled: stalled over stalled plus playing.",
    metrics: ["moq.client.rebuffer_time", "moq.client.play_time"],
  },
  broadcasts: {
    label: "Broadcasts",
    explanation: "What each broadcast costs: its viewers, the bits that its publisher sends and the bits that its viewers get.",
    metrics: ["moq.relay.broadcast.subscribers", "moq.relay.broadcast.bytes_received", "moq.relay.broadcast.bytes_sent"],
  },
  transports: {
    label: "Transports",
    explanation:
      "The same audience by transport and its share of the viewers, with the players' connection attempts in the window by result.",
    metrics: ["moq.relay.active_subscribers", "moq.relay.bytes_sent", "moq.client.connections", "moq.client.startup_time"],
  },
  links: {
    label: "Network",
    explanation:
      "Round trips and packets lost in the window, by who measured them and how: figures of two sources measure different things and are never added up. Loss is counted at the relay, of what it sent; tcp_info counts segments sent again.",
    metrics: ["moq.relay.rtt", "moq.relay.packets_sent", "moq.relay.packets_lost", "moq.client.rtt"],
  },
  sources: {
    label: "Sources",
    explanation: "Every process that exports telemetry to this gateway, and the age of its newest report, whatever metric it held.",
    metrics: [],
  },
  traffic: {
    label: "Traffic",
    explanation:
      "Bits per second that came in from outside (in) and that the relays wrote to viewers (out), over the window before each instant.",
    metrics: ["moq.relay.bytes_received", "moq.relay.bytes_sent"],
  },
} as const satisfies Readonly<Record<string, Figure>>;
