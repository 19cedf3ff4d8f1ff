import { toPath } from "@moqscope/lite";
import type { Counter, Lease, Recorder } from "@moqscope/telemetry";
import { BroadcastTable } from "../metrics/broadcast-cells.ts";
import { Segments } from "./segments.ts";
import type { Counters, Entries } from "./stats-frame.ts";
import type { StatsTrack } from "./stats-path.ts";

const transport = "unknown";

/** Which of our counters each of theirs is (docs/foreign-stats.md). */
function countersOf(recorder: Recorder): Readonly<Record<StatsTrack, Readonly<Record<string, Counter>>>> {
  return {
    publisher: {
      bytes: recorder.counter("moq.relay.bytes_sent", { transport, peer: "client" }),
      frames: recorder.counter("moq.relay.frames_sent", { transport, peer: "client" }),
      groups: recorder.counter("moq.relay.groups_sent", { peer: "client" }),
      datagrams: recorder.counter("moq.relay.datagrams", { direction: "sent", outcome: "ok" }),
      subscriptions: recorder.counter("moq.relay.subscriptions", { result: "ok", peer: "client" }),
    },
    subscriber: {
      bytes: recorder.counter("moq.relay.bytes_received", { transport, peer: "publisher" }),
      frames: recorder.counter("moq.relay.frames_received", { transport, peer: "publisher" }),
      groups: recorder.counter("moq.relay.groups_received", { peer: "publisher" }),
      datagrams: recorder.counter("moq.relay.datagrams", { direction: "received", outcome: "ok" }),
      announced: recorder.counter("moq.relay.announcements", { event: "active" }),
      announced_closed: recorder.counter("moq.relay.announcements", { event: "ended" }),
    },
    sessions: {
      sessions: recorder.counter("moq.relay.connections", { transport, peer: "client", result: "accepted" }),
      sessions_closed: recorder.counter("moq.relay.sessions_closed", { reason: "other", transport }),
    },
  };
}

/** What is open: each is the sum over entries of one counter less its closed twin. */
function gaugesOf(recorder: Recorder): Readonly<Record<StatsTrack, readonly (readonly [Lease, (counters: Counters) => number])[]>> {
  const open =
    (key: string) =>
    (counters: Counters): number =>
      Math.max(0, (counters[key] ?? 0) - (counters[`${key}_closed`] ?? 0));
  return {
    publisher: [
      [recorder.upDownCounter("moq.relay.active_subscribers", { peer: "client", transport }).acquire(0), open("broadcasts")],
      [recorder.upDownCounter("moq.relay.active_subscriptions", { peer: "client" }).acquire(0), open("subscriptions")],
    ],
    subscriber: [
      // A path is one stream however many announce it.
      [
        recorder.upDownCounter("moq.relay.active_streams", { origin: "local" }).acquire(0),
        (counters) => Math.min(1, open("announced")(counters)),
      ],
      [recorder.upDownCounter("moq.relay.upstream_subscriptions", {}).acquire(0), open("subscriptions")],
    ],
    sessions: [[recorder.upDownCounter("moq.relay.active_connections", { transport, peer: "client" }).acquire(0), open("sessions")]],
  };
}

/** The figures of one foreign relay under our names, of all its broadcasts of figures together. */
export class NodeFigures {
  readonly #counters: ReturnType<typeof countersOf>;
  readonly #gauges: ReturnType<typeof gaugesOf>;
  readonly #broadcasts: BroadcastTable;
  /** By source and track. */
  readonly #segments = new Map<string, Segments>();
  readonly #entries = new Map<string, { readonly track: StatsTrack; readonly entries: Entries }>();
  readonly #viewers = new Map<string, Lease>();
  constructor(recorder: Recorder, broadcastLimit: number, now: () => number) {
    this.#counters = countersOf(recorder);
    for (const counters of Object.values(this.#counters)) for (const counter of Object.values(counters)) counter.add(0);
    this.#gauges = gaugesOf(recorder);
    this.#broadcasts = new BroadcastTable(recorder, broadcastLimit, now);
  }
  /** What a track of a source says now. */
  tell(source: string, track: StatsTrack, entries: Entries): void {
    const key = `${source}\0${track}`;
    const segments = this.#segments.get(key) ?? new Segments();
    this.#segments.set(key, segments);
    this.#entries.set(key, { track, entries });
    segments.grow(entries, (path, counter, by) => {
      this.#counters[track][counter]?.add(by);
      if (counter !== "bytes" || track === "sessions") return;
      const { bytesSent, bytesReceived } = this.#broadcasts.cells(toPath(path));
      (track === "publisher" ? bytesSent : bytesReceived).add(by);
    });
    this.#tellGauges(track);
  }
  /** A source counts anew: its process is another one. */
  restart(source: string): void {
    for (const [key, segments] of this.#segments) if (key.startsWith(`${source}\0`)) segments.restart();
  }
  /** A source is gone, and with it its share of what is open; what it counted stays. */
  leave(source: string): void {
    for (const [key, { track }] of this.#entries) {
      if (!key.startsWith(`${source}\0`)) continue;
      this.#entries.delete(key);
      this.#tellGauges(track);
    }
  }
  close(): void {
    this.#broadcasts.close();
  }
  #tellGauges(track: StatsTrack): void {
    const all = [...this.#entries.values()].filter((told) => told.track === track);
    for (const [lease, valueOf] of this.#gauges[track]) {
      let sum = 0;
      for (const { entries } of all) for (const counters of entries.values()) sum += valueOf(counters);
      lease.set(sum);
    }
    if (track === "publisher") this.#tellViewers(all.map(({ entries }) => entries));
  }
  #tellViewers(all: readonly Entries[]): void {
    const viewers = new Map<string, number>();
    for (const entries of all)
      for (const [path, { broadcasts = 0, broadcasts_closed = 0 }] of entries)
        viewers.set(path, (viewers.get(path) ?? 0) + Math.max(0, broadcasts - broadcasts_closed));
    for (const [path, lease] of this.#viewers) {
      if (viewers.has(path)) continue;
      lease.release();
      this.#viewers.delete(path);
    }
    for (const [path, count] of viewers) {
      const lease = this.#viewers.get(path) ?? this.#broadcasts.viewer(toPath(path));
      this.#viewers.set(path, lease);
      lease.set(count);
    }
  }
}
