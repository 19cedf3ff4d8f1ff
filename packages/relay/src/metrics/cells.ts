import { GroupDropReason, SubscribeResult } from "@moqscope/lite";
import { type Counter, type Histogram, type Lease, type Recorder, sets, type UpDownCounter } from "@moqscope/telemetry";
import type { AuthFailure, CloseReason, ConnectionResult, Peer, RelayRefusal, TransportLabel } from "./classify.ts";

/** One cell for each value of a closed attribute. */
function each<K extends string, T>(keys: readonly K[], make: (key: K) => T): Readonly<Record<K, T>> {
  return Object.fromEntries(keys.map((key) => [key, make(key)])) as Record<K, T>;
}

const peers = sets.peer.values;

/** A counter that exists from the start: a rate over a failure that never came is 0, not nothing. */
function fromZero(counter: Counter): Counter {
  counter.add(0);
  return counter;
}
/** The same for a gauge: nobody there is 0. */
function empty(gauge: UpDownCounter): UpDownCounter {
  gauge.acquire(0).release();
  return gauge;
}

/** Cells of one transport. What is sent goes to clients and what is received comes from publishers (metrics.md §2, `peer`). */
export interface TransportCells {
  readonly label: TransportLabel;
  readonly connections: Readonly<Record<ConnectionResult, Counter>>;
  readonly closed: Readonly<Record<CloseReason, Counter>>;
  readonly authFailures: Readonly<Record<AuthFailure, Counter>>;
  readonly active: Readonly<Record<Peer, UpDownCounter>>;
  readonly subscribers: Readonly<Record<Peer, UpDownCounter>>;
  readonly duration: Readonly<Record<Peer, Histogram>>;
  readonly setupTime: Histogram;
  readonly bytesSent: Counter;
  readonly bytesReceived: Counter;
  readonly framesSent: Counter;
  readonly framesReceived: Counter;
  readonly ioSent: Counter;
  readonly ioReceived: Counter;
  /** Held at what all sessions of this transport have queued. */
  readonly sendBuffer: Lease;
}

export function transportCells(recorder: Recorder, transport: TransportLabel): TransportCells {
  return {
    label: transport,
    connections: each(sets.relayConnectResult.values, (result) =>
      fromZero(recorder.counter("moq.relay.connections", { transport, peer: "client", result })),
    ),
    closed: each(sets.sessionCloseReason.values, (reason) =>
      fromZero(recorder.counter("moq.relay.sessions_closed", { reason, transport })),
    ),
    authFailures: each(sets.authFailureReason.values, (reason) =>
      fromZero(recorder.counter("moq.relay.auth_failures", { reason, transport })),
    ),
    active: each(peers, (peer) => empty(recorder.upDownCounter("moq.relay.active_connections", { transport, peer }))),
    subscribers: each(peers, (peer) => empty(recorder.upDownCounter("moq.relay.active_subscribers", { peer, transport }))),
    duration: each(peers, (peer) => recorder.histogram("moq.relay.session_duration", { transport, peer })),
    setupTime: recorder.histogram("moq.relay.setup_time", { transport }),
    bytesSent: fromZero(recorder.counter("moq.relay.bytes_sent", { transport, peer: "client" })),
    bytesReceived: fromZero(recorder.counter("moq.relay.bytes_received", { transport, peer: "publisher" })),
    framesSent: fromZero(recorder.counter("moq.relay.frames_sent", { transport, peer: "client" })),
    framesReceived: fromZero(recorder.counter("moq.relay.frames_received", { transport, peer: "publisher" })),
    ioSent: fromZero(recorder.counter("moq.relay.transport_io", { direction: "sent", transport })),
    ioReceived: fromZero(recorder.counter("moq.relay.transport_io", { direction: "received", transport })),
    sendBuffer: recorder.upDownCounter("moq.relay.send_buffer", { transport }).acquire(0),
  };
}

/** The same for sessions with other relays: whatever goes over them counts as `relay`, both ways. */
export function linkTransportCells(recorder: Recorder, cells: TransportCells): TransportCells {
  const transport = cells.label;
  const peer = "relay";
  return {
    ...cells,
    connections: each(sets.relayConnectResult.values, (result) =>
      fromZero(recorder.counter("moq.relay.connections", { transport, peer, result })),
    ),
    bytesSent: fromZero(recorder.counter("moq.relay.bytes_sent", { transport, peer })),
    bytesReceived: fromZero(recorder.counter("moq.relay.bytes_received", { transport, peer })),
    framesSent: fromZero(recorder.counter("moq.relay.frames_sent", { transport, peer })),
    framesReceived: fromZero(recorder.counter("moq.relay.frames_received", { transport, peer })),
  };
}

/** Cells that no transport divides. */
export interface RelayCells {
  readonly streams: Readonly<Record<"local" | "remote", UpDownCounter>>;
  readonly subscriptions: Readonly<Record<Peer, UpDownCounter>>;
  readonly answered: Readonly<Record<Peer, Readonly<Record<SubscribeResult, Counter>>>>;
  readonly announcements: Readonly<Record<"active" | "ended" | "restarted", Counter>>;
  readonly firstFromCache: Histogram;
  readonly firstFromPublisher: Histogram;
  readonly firstFromRelay: Histogram;
  readonly groupsSent: Counter;
  readonly groupsReceived: Counter;
  readonly groupsDropped: Readonly<Record<GroupDropReason, Counter>>;
  readonly datagramsSent: Readonly<Record<"ok" | "dropped", Counter>>;
  readonly datagramsReceived: Readonly<Record<"ok" | "dropped", Counter>>;
  readonly forwardTime: Histogram;
  readonly queueDepth: Readonly<Record<Peer, Histogram>>;
  readonly goaways: Readonly<Record<"sent" | "received", Counter>>;
  readonly refusals: Readonly<Record<RelayRefusal, Counter>>;
  readonly cacheHits: Counter;
  readonly cacheMisses: Counter;
  /** Held at the payload bytes of every cached group. */
  readonly cacheSize: Lease;
  readonly upstreamSubscriptions: UpDownCounter;
}

export function relayCells(recorder: Recorder): RelayCells {
  return {
    streams: each(sets.streamOrigin.values, (origin) => empty(recorder.upDownCounter("moq.relay.active_streams", { origin }))),
    subscriptions: each(peers, (peer) => empty(recorder.upDownCounter("moq.relay.active_subscriptions", { peer }))),
    answered: each(peers, (peer) =>
      each(Object.values(SubscribeResult), (result) => fromZero(recorder.counter("moq.relay.subscriptions", { result, peer }))),
    ),
    announcements: each(sets.announceEvent.values, (event) => fromZero(recorder.counter("moq.relay.announcements", { event }))),
    firstFromCache: recorder.histogram("moq.relay.subscribe_time", { source: "cache" }),
    firstFromPublisher: recorder.histogram("moq.relay.subscribe_time", { source: "publisher" }),
    firstFromRelay: recorder.histogram("moq.relay.subscribe_time", { source: "relay" }),
    groupsSent: fromZero(recorder.counter("moq.relay.groups_sent", { peer: "client" })),
    groupsReceived: fromZero(recorder.counter("moq.relay.groups_received", { peer: "publisher" })),
    groupsDropped: each(Object.values(GroupDropReason), (reason) =>
      fromZero(recorder.counter("moq.relay.groups_dropped", { reason, peer: "client" })),
    ),
    datagramsSent: each(sets.datagramOutcome.values, (outcome) =>
      fromZero(recorder.counter("moq.relay.datagrams", { direction: "sent", outcome })),
    ),
    datagramsReceived: each(sets.datagramOutcome.values, (outcome) =>
      fromZero(recorder.counter("moq.relay.datagrams", { direction: "received", outcome })),
    ),
    forwardTime: recorder.histogram("moq.relay.forward_time", { peer: "client" }),
    queueDepth: each(peers, (peer) => recorder.histogram("moq.relay.queue_depth", { peer })),
    goaways: each(sets.direction.values, (direction) => fromZero(recorder.counter("moq.relay.goaways", { direction }))),
    refusals: each(sets.relayRefusal.values, (reason) => fromZero(recorder.counter("moq.relay.refusals", { reason }))),
    cacheHits: fromZero(recorder.counter("moq.relay.cache_hits", {})),
    cacheMisses: fromZero(recorder.counter("moq.relay.cache_misses", {})),
    cacheSize: recorder.upDownCounter("moq.relay.cache_size", {}).acquire(0),
    upstreamSubscriptions: empty(recorder.upDownCounter("moq.relay.upstream_subscriptions", {})),
  };
}

/** The same for what goes to other relays and comes from them. */
export function linkRelayCells(recorder: Recorder, cells: RelayCells): RelayCells {
  const peer = "relay";
  return {
    ...cells,
    groupsSent: fromZero(recorder.counter("moq.relay.groups_sent", { peer })),
    groupsReceived: fromZero(recorder.counter("moq.relay.groups_received", { peer })),
    groupsDropped: each(Object.values(GroupDropReason), (reason) =>
      fromZero(recorder.counter("moq.relay.groups_dropped", { reason, peer })),
    ),
    forwardTime: recorder.histogram("moq.relay.forward_time", { peer }),
  };
}
