import type { Path } from "@moqscope/lite";
import type { Counter, Recorder, UpDownCounter } from "@moqscope/telemetry";
import { broadcastLabel } from "./broadcast-label.ts";

/** Cells of one value of the attribute `broadcast`. */
export interface BroadcastCells {
  readonly subscribers: UpDownCounter;
  readonly bytesSent: Counter;
  readonly bytesReceived: Counter;
  readonly groupsDropped: Counter;
}

/**
 * The series per broadcast, bounded: the first `limit` names that come get their own, all later ones share `other`. What
 * is counted in total is counted here once, so the sum over `broadcast` is the total.
 */
export class BroadcastTable {
  readonly #recorder: Recorder;
  readonly #limit: number;
  readonly #named = new Map<string, BroadcastCells>();
  #other: BroadcastCells | undefined;
  constructor(recorder: Recorder, limit: number) {
    this.#recorder = recorder;
    this.#limit = limit;
  }
  /** Ask once per flow and keep what is given. */
  cells(path: Path): BroadcastCells {
    const label = broadcastLabel(path);
    const known = this.#named.get(label);
    if (known) return known;
    if (this.#named.size >= this.#limit) {
      this.#other ??= this.#create("other");
      return this.#other;
    }
    const made = this.#create(label);
    this.#named.set(label, made);
    return made;
  }
  #create(broadcast: string): BroadcastCells {
    const recorder = this.#recorder;
    return {
      subscribers: recorder.upDownCounter("moq.relay.broadcast.subscribers", { broadcast }),
      bytesSent: recorder.counter("moq.relay.broadcast.bytes_sent", { broadcast }),
      bytesReceived: recorder.counter("moq.relay.broadcast.bytes_received", { broadcast }),
      groupsDropped: recorder.counter("moq.relay.broadcast.groups_dropped", { broadcast }),
    };
  }
}
