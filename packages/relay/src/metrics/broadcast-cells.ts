import type { Path } from "@moqscope/lite";
import type { Counter, Lease, Recorder, UpDownCounter } from "@moqscope/telemetry";
import { broadcastLabel } from "@moqscope/telemetry/node";

/** Counters of one broadcast, whoever has the series that they end in. */
export interface BroadcastCells {
  readonly bytesSent: Counter;
  readonly bytesReceived: Counter;
  readonly groupsDropped: Counter;
}
const gauge = "moq.relay.broadcast.subscribers";
const counters = {
  bytesSent: "moq.relay.broadcast.bytes_sent",
  bytesReceived: "moq.relay.broadcast.bytes_received",
  groupsDropped: "moq.relay.broadcast.groups_dropped",
} as const;
type Measure = keyof typeof counters;
const measures = Object.keys(counters) as Measure[];

/** What is added between two collections. A plain number: it is written for every frame. */
class Tally implements Counter {
  readonly #owner: Broadcast;
  #added = 0;
  constructor(owner: Broadcast) {
    this.#owner = owner;
  }
  add(value = 1): void {
    this.#added += value;
    if (!this.#owner.isDirty) this.#owner.touch();
  }
  take(): number {
    const added = this.#added;
    this.#added = 0;
    return added;
  }
}

/** The series of one value of the attribute: counters that begin with 0, and a gauge as long as somebody is held. */
class Series {
  readonly label: string;
  readonly #recorder: Recorder;
  readonly #counters: Readonly<Record<Measure, Counter>>;
  #gauge: UpDownCounter | undefined;
  #lease: Lease | undefined;
  constructor(recorder: Recorder, broadcast: string) {
    this.label = broadcast;
    this.#recorder = recorder;
    const counter = (measure: Measure): Counter => recorder.counter(counters[measure], { broadcast });
    this.#counters = { bytesSent: counter("bytesSent"), bytesReceived: counter("bytesReceived"), groupsDropped: counter("groupsDropped") };
    for (const made of Object.values(this.#counters) as Counter[]) made.add(0);
  }
  add(measure: Measure, value: number): void {
    this.#counters[measure].add(value);
  }
  /** A broadcast that has gone has no viewers to tell of, not even 0. */
  viewers(count: number | undefined): void {
    if (count === undefined) {
      if (this.#gauge) this.#recorder.retire("broadcast", this.label, gauge);
      this.#gauge = undefined;
      this.#lease = undefined;
      return;
    }
    this.#gauge ??= this.#recorder.upDownCounter(gauge, { broadcast: this.label });
    this.#lease ??= this.#gauge.acquire(0);
    this.#lease.set(count);
  }
  end(): void {
    this.#recorder.retire("broadcast", this.label);
  }
}

/** One broadcast path: what it counts, who watches it, and its series as long as it is one of the strongest. */
class Broadcast {
  readonly label: string;
  readonly cells: Readonly<Record<Measure, Tally>>;
  readonly #dirty: Set<Broadcast>;
  isDirty = false;
  /** Announcements and viewers that hold it. */
  holds = 0;
  viewers = 0;
  /** Bytes since the last ranking, and in the time between the two before. */
  moving = 0;
  moved = 0;
  series: Series | undefined;
  memberSinceMs = 0;
  strongSinceMs: number | undefined;
  constructor(label: string, dirty: Set<Broadcast>) {
    this.label = label;
    this.#dirty = dirty;
    this.cells = { bytesSent: new Tally(this), bytesReceived: new Tally(this), groupsDropped: new Tally(this) };
  }
  touch(): void {
    this.isDirty = true;
    this.#dirty.add(this);
  }
  hold(viewers: number): Lease {
    let held: number | undefined = viewers;
    this.holds++;
    this.viewers += viewers;
    this.touch();
    return {
      set: (next) => {
        if (held === undefined) return;
        this.viewers += next - held;
        held = next;
      },
      release: () => {
        if (held === undefined) return;
        this.holds--;
        this.viewers -= held;
        held = undefined;
        this.touch();
      },
    };
  }
}

/** Rules of the top broadcasts (metrics.md §6). */
export const rankEveryMs = 10_000;
const strongForMs = 30_000;
const memberForMs = 300_000;
/** Strength over the weakest member that is needed, as a ratio of whole numbers. */
const [strongOver, strongUnder] = [6, 5];
/** Values of the attribute that the registry has room for. */
const mostSeries = 100;

/**
 * The series per broadcast, bounded: the `limit` strongest by viewers, then by bytes, have their own, all others share `other`. What is
 * counted in total is counted here once, so the sum over `broadcast` grows as the total does, at every collection.
 */
export class BroadcastTable {
  readonly #recorder: Recorder;
  readonly #limit: number;
  readonly #now: () => number;
  readonly #all = new Map<string, Broadcast>();
  readonly #dirty = new Set<Broadcast>();
  readonly #members = new Set<Broadcast>();
  /** Series that have lost their place: their last value leaves before they end. */
  #closing: Series[] = [];
  #other: Series | undefined;
  #rankedMs: number;
  readonly #stop: () => void;
  /** `now` gives monotonic milliseconds. */
  constructor(recorder: Recorder, limit: number, now: () => number) {
    this.#recorder = recorder;
    this.#limit = limit;
    this.#now = now;
    this.#rankedMs = now();
    this.#stop = recorder.onCollect(() => this.flush());
  }
  /** Ask once per flow and keep what is given. */
  cells(path: Path): BroadcastCells {
    return this.#broadcast(path).cells;
  }
  /** The broadcast is live until the lease is released. */
  announced(path: Path): Lease {
    return this.#broadcast(path).hold(0);
  }
  /** A client watches it until the lease is released. */
  viewer(path: Path): Lease {
    return this.#broadcast(path).hold(1);
  }
  /** Writes what was counted into the series, and ranks where it is time. */
  flush(): void {
    for (const broadcast of this.#dirty) this.#write(broadcast);
    this.#dirty.clear();
    const nowMs = this.#now();
    if (nowMs - this.#rankedMs >= rankEveryMs) this.#rank(nowMs);
    this.#tellViewers();
  }
  /** Writes the rest; what is counted afterwards is nobody's. */
  close(): void {
    this.flush();
    this.#stop();
  }
  #broadcast(path: Path): Broadcast {
    const label = labelOf(path);
    const known = this.#all.get(label);
    if (known) return known;
    const made = new Broadcast(label, this.#dirty);
    this.#all.set(label, made);
    if (this.#members.size < this.#limit) this.#admit(made, this.#now());
    return made;
  }
  #write(broadcast: Broadcast): void {
    broadcast.isDirty = false;
    for (const measure of measures) {
      const added = broadcast.cells[measure].take();
      if (added === 0) continue;
      (broadcast.series ?? this.#others()).add(measure, added);
      if (measure !== "groupsDropped") broadcast.moving += added;
    }
  }
  #tellViewers(): void {
    let others: number | undefined;
    for (const { series, holds, viewers } of this.#all.values()) {
      if (series) series.viewers(holds > 0 ? viewers : undefined);
      else if (holds > 0) others = (others ?? 0) + viewers;
    }
    if (others !== undefined) this.#others().viewers(others);
    else this.#other?.viewers(undefined);
  }
  #rank(nowMs: number): void {
    this.#rankedMs = nowMs;
    for (const series of this.#closing) series.end();
    this.#closing = [];
    for (const broadcast of this.#all.values()) {
      const isIdle = broadcast.holds === 0 && broadcast.moving === 0 && broadcast.moved === 0;
      if (isIdle && !broadcast.series) this.#all.delete(broadcast.label);
      broadcast.moved = broadcast.moving;
      broadcast.moving = 0;
    }
    const members = [...this.#members].sort(byStrength);
    const others = [...this.#all.values()].filter(({ series }) => !series).sort(byStrength);
    const weakest = members.at(-1);
    for (const other of others) {
      if (this.#members.size < this.#limit) this.#admit(other, nowMs);
      else if (weakest === undefined || !isStronger(other, weakest)) other.strongSinceMs = undefined;
      else other.strongSinceMs ??= nowMs;
    }
    this.#exchange(members, others, nowMs);
  }
  #exchange(members: Broadcast[], others: readonly Broadcast[], nowMs: number): void {
    for (const other of others) {
      if (other.series || other.strongSinceMs === undefined || nowMs - other.strongSinceMs < strongForMs) continue;
      const at = members.findLastIndex(({ memberSinceMs }) => nowMs - memberSinceMs >= memberForMs);
      const leaving = members[at];
      if (leaving === undefined || !isStronger(other, leaving)) return;
      members.splice(at, 1);
      this.#evict(leaving);
      this.#admit(other, nowMs);
    }
  }
  #admit(broadcast: Broadcast, nowMs: number): void {
    const at = this.#closing.findIndex(({ label }) => label === broadcast.label);
    broadcast.series = at < 0 ? new Series(this.#recorder, broadcast.label) : this.#closing.splice(at, 1)[0];
    broadcast.memberSinceMs = nowMs;
    broadcast.strongSinceMs = undefined;
    this.#members.add(broadcast);
  }
  #evict(broadcast: Broadcast): void {
    const { series } = broadcast;
    broadcast.series = undefined;
    this.#members.delete(broadcast);
    if (!series) return;
    series.viewers(undefined);
    this.#closing.push(series);
    if (this.#limit + this.#closing.length > mostSeries) this.#closing.shift()?.end();
  }
  #others(): Series {
    return (this.#other ??= new Series(this.#recorder, "other"));
  }
}

/** A broadcast of the name that stands for all others is told apart from them. */
function labelOf(path: string): string {
  return path === "other" ? "other~path" : broadcastLabel(path);
}

function byStrength(a: Broadcast, b: Broadcast): number {
  return b.viewers - a.viewers || b.moved - a.moved;
}

/** By viewers, then by bytes, and by a fifth more. */
function isStronger(one: Broadcast, other: Broadcast): boolean {
  if (one.viewers !== other.viewers) return one.viewers * strongUnder >= other.viewers * strongOver;
  return one.moved > 0 && one.moved * strongUnder >= other.moved * strongOver;
}
