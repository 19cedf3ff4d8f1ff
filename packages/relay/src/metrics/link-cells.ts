import type { LinkSource, LinkStats, TransportStats } from "@moqscope/lite";
import type { Counter, Histogram, Recorder } from "@moqscope/telemetry";
import type { TransportLabel } from "./classify.ts";

/** Cells of the link's figures, made when their transport and source first has a value: what nobody measures has no series. */
export class LinkCells {
  readonly #recorder: Recorder;
  readonly #histograms = new Map<string, Histogram>();
  readonly #counters = new Map<string, Counter>();
  constructor(recorder: Recorder) {
    this.#recorder = recorder;
  }
  rtt(transport: TransportLabel, source: LinkSource): Histogram {
    return kept(this.#histograms, `rtt ${transport} ${source}`, () => this.#recorder.histogram("moq.relay.rtt", { transport, source }));
  }
  window(source: LinkSource): Histogram {
    return kept(this.#histograms, `window ${source}`, () => this.#recorder.histogram("moq.relay.congestion_window", { source }));
  }
  sendRate(transport: TransportLabel): Histogram {
    return kept(this.#histograms, `rate ${transport}`, () => this.#recorder.histogram("moq.relay.send_rate_estimate", { transport }));
  }
  events(source: LinkSource): Counter {
    return kept(this.#counters, `events ${source}`, () => this.#recorder.counter("moq.relay.congestion_events", { source }));
  }
  sent(transport: TransportLabel, source: LinkSource): Counter {
    return kept(this.#counters, `sent ${transport} ${source}`, () =>
      this.#recorder.counter("moq.relay.packets_sent", { transport, source }),
    );
  }
  lost(transport: TransportLabel, source: LinkSource): Counter {
    return kept(this.#counters, `lost ${transport} ${source}`, () =>
      this.#recorder.counter("moq.relay.packets_lost", { transport, source }),
    );
  }
  /** Lets the counters of a transport that is going to be listened to begin with 0, so that its first packets are an increase. */
  expect(transport: TransportLabel, source: "quic" | "tcp_info"): void {
    this.sent(transport, source).add(0);
    this.lost(transport, source).add(0);
    if (source === "quic") this.events(source).add(0);
  }
}

function kept<C>(cells: Map<string, C>, key: string, make: () => C): C {
  const known = cells.get(key);
  if (known !== undefined) return known;
  const made = make();
  cells.set(key, made);
  return made;
}

/** The link of one session: running totals become additions, and now and then what it is like becomes a sample. */
export class LinkMeter {
  readonly #cells: LinkCells;
  readonly #transport: TransportLabel;
  #sent = 0;
  #lost = 0;
  #events = 0;
  constructor(cells: LinkCells, transport: TransportLabel) {
    this.#cells = cells;
    this.#transport = transport;
  }
  /** One sample of each source that has a value. 0 is none, except for a ping, which we measured ourselves. */
  sample({ rtt, otherRtts, congestion, sendRateBps }: LinkStats): void {
    for (const { ms, source } of [...(rtt ? [rtt] : []), ...(otherRtts ?? [])])
      if (ms > 0 || source === "ping") this.#cells.rtt(this.#transport, source).record(ms / 1000);
    if (congestion && congestion.windowBytes > 0) this.#cells.window(congestion.source).record(congestion.windowBytes);
    if (sendRateBps !== undefined && sendRateBps > 0) this.#cells.sendRate(this.#transport).record(sendRateBps);
  }
  /** Adds what was sent and lost since the last call. A total that falls, as losses found spurious do, adds nothing until it has passed its maximum. */
  add({ packets, congestion }: TransportStats): void {
    if (packets) {
      const { sent, lost, source } = packets;
      this.#sent = grown(this.#sent, sent, () => this.#cells.sent(this.#transport, source));
      if (lost !== undefined) this.#lost = grown(this.#lost, lost, () => this.#cells.lost(this.#transport, source));
    }
    if (congestion?.events !== undefined)
      this.#events = grown(this.#events, congestion.events, () => this.#cells.events(congestion.source));
  }
}

/** Adds the growth over the highest total so far, also one of 0: it says that somebody counts. Gives the highest total. */
function grown(highest: number, total: number, counter: () => Counter): number {
  const grew = total > highest;
  counter().add(grew ? total - highest : 0);
  return grew ? total : highest;
}
