import type { Path } from "@moqscope/lite";
import type { Counter, Lease, Recorder, UpDownCounter } from "@moqscope/telemetry";
import { broadcastLabel } from "@moqscope/telemetry/node";

/** Counters of one value of the attribute `broadcast`. */
export interface BroadcastCells {
  readonly bytesSent: Counter;
  readonly bytesReceived: Counter;
  readonly groupsDropped: Counter;
}
const gauge = "moq.relay.broadcast.subscribers";

/** One value of the attribute: its counters for ever, its gauge as long as the broadcast is live or somebody watches it. */
class Labelled {
  readonly cells: BroadcastCells;
  readonly #recorder: Recorder;
  readonly #label: string;
  #gauge: UpDownCounter | undefined;
  #holds = 0;
  constructor(recorder: Recorder, broadcast: string) {
    this.#recorder = recorder;
    this.#label = broadcast;
    this.cells = {
      bytesSent: recorder.counter("moq.relay.broadcast.bytes_sent", { broadcast }),
      bytesReceived: recorder.counter("moq.relay.broadcast.bytes_received", { broadcast }),
      groupsDropped: recorder.counter("moq.relay.broadcast.groups_dropped", { broadcast }),
    };
    // A broadcast that nobody watches has 0, not nothing.
    for (const counter of Object.values(this.cells) as Counter[]) counter.add(0);
  }
  hold(viewers: 0 | 1): Lease {
    this.#gauge ??= this.#recorder.upDownCounter(gauge, { broadcast: this.#label });
    const lease = this.#gauge.acquire(viewers);
    this.#holds++;
    let held = true;
    return {
      set: (value) => lease.set(value),
      release: () => {
        if (!held) return;
        held = false;
        lease.release();
        this.#holds--;
        if (this.#holds === 0) this.#retire();
      },
    };
  }
  /** A broadcast that has gone has no viewers to tell of, not even 0. */
  #retire(): void {
    this.#gauge = undefined;
    this.#recorder.retire("broadcast", this.#label, gauge);
  }
}

/**
 * The series per broadcast, bounded: the first `limit` names that come get their own, all later ones share `other`. What
 * is counted in total is counted here once, so the sum over `broadcast` is the total.
 */
export class BroadcastTable {
  readonly #recorder: Recorder;
  readonly #limit: number;
  readonly #named = new Map<string, Labelled>();
  #other: Labelled | undefined;
  constructor(recorder: Recorder, limit: number) {
    this.#recorder = recorder;
    this.#limit = limit;
  }
  /** Ask once per flow and keep what is given. */
  cells(path: Path): BroadcastCells {
    return this.#labelled(path).cells;
  }
  /** The broadcast is live until the lease is released. */
  announced(path: Path): Lease {
    return this.#labelled(path).hold(0);
  }
  /** A client watches it until the lease is released. */
  viewer(path: Path): Lease {
    return this.#labelled(path).hold(1);
  }
  #labelled(path: Path): Labelled {
    const label = broadcastLabel(path);
    const known = this.#named.get(label);
    if (known) return known;
    if (this.#named.size >= this.#limit) {
      this.#other ??= new Labelled(this.#recorder, "other");
      return this.#other;
    }
    const made = new Labelled(this.#recorder, label);
    this.#named.set(label, made);
    return made;
  }
}
