import type { Counter, Gauge, Lease, SpanContext } from "@moqscope/telemetry";
import type { RelayInstruments } from "../metrics/instruments.ts";
import type { LinkBytes } from "../metrics/session-metrics.ts";

/** One session with another relay, whichever side dialled it. */
export interface LinkEnd {
  readonly direction: "outbound" | "inbound";
  readonly connectionId: string;
  readonly transport: string;
  /** Its URL in one spelling, where it says one or was dialled by it. */
  readonly identity: string | undefined;
  /** Its hop id, where its version tells. */
  readonly hop: bigint | undefined;
  /** Its session, for the trace of what is told of it. */
  readonly span: SpanContext | undefined;
  /** Smoothed round trip, milliseconds; `undefined` until it was measured. */
  rttMs(): number | undefined;
}
/** How a link's session ended. */
export interface LinkDown {
  readonly clean: boolean;
  readonly reason: string;
}

/** A relay that only dialled us, and was lost without a word, is told as down for so long; then it is thought to be gone for good. */
const rememberMs = 10 * 60_000;

/** The figures of the link to one relay, by its name. */
class LinkSeries implements LinkBytes {
  readonly name: string;
  readonly sent: Counter;
  readonly received: Counter;
  readonly live = new Set<LinkEnd>();
  /** Configured peers, live sessions and a memory that keep it. */
  holds = 0;
  /** Ends the memory of a session that was lost. */
  forget: (() => void) | undefined;
  readonly #up: Lease;
  readonly #rtt: Gauge;
  constructor({ recorder }: RelayInstruments, name: string) {
    this.name = name;
    const node = { "peer.node": name };
    this.sent = recorder.counter("moq.relay.link_io", { ...node, direction: "sent" });
    this.received = recorder.counter("moq.relay.link_io", { ...node, direction: "received" });
    this.#rtt = recorder.gauge("moq.relay.link_rtt", node);
    this.#up = recorder.upDownCounter("moq.relay.link_up", node).acquire(0);
    this.sent.add(0);
    this.received.add(0);
  }
  /** 1 however many sessions there are for a moment, when both sides have dialled. */
  count(): void {
    this.#up.set(this.live.size > 0 ? 1 : 0);
  }
  measure(): void {
    const [end] = this.live;
    const ms = end?.rttMs();
    this.#rtt.set(ms === undefined ? undefined : ms / 1000);
  }
}

/**
 * Every link of a relay, those that it dialled and those that came in: `link_up`, `link_io` and `link_rtt` by the peer's name, and one
 * event per change. A peer that is known and not there counts 0; one that is no peer any more has no series.
 */
export class Links {
  readonly #instruments: RelayInstruments;
  readonly #series = new Map<string, LinkSeries>();
  readonly #watchers = new Set<() => void>();
  readonly #stopMeasuring: () => void;
  constructor(instruments: RelayInstruments) {
    this.#instruments = instruments;
    this.#stopMeasuring = instruments.recorder.onCollect(() => {
      for (const series of this.#series.values()) series.measure();
    });
  }
  /** A live session with the relay that is looked for. */
  find(matches: (end: LinkEnd) => boolean): { readonly name: string; readonly end: LinkEnd } | undefined {
    for (const link of this) if (matches(link.end)) return link;
    return undefined;
  }
  *[Symbol.iterator](): IterableIterator<{ readonly name: string; readonly end: LinkEnd }> {
    for (const { name, live } of this.#series.values()) for (const end of live) yield { name, end };
  }
  /** Told when a link came or went. The returned function stops it. */
  watch(changed: () => void): () => void {
    this.#watchers.add(changed);
    return () => void this.#watchers.delete(changed);
  }
  /** A peer of this name belongs to the cluster until the returned function is called. */
  expect(name: string): () => void {
    const series = this.#hold(name);
    return once(() => this.#release(series));
  }
  /** What a session with the relay of this name is counted by, from before it is up. */
  bytes(name: string): { readonly bytes: LinkBytes; release(): void } {
    const series = this.#hold(name);
    return { bytes: series, release: once(() => this.#release(series)) };
  }
  /** A session is set up; the returned function says that it has ended. */
  up(name: string, end: LinkEnd): (down: LinkDown) => void {
    const series = this.#hold(name);
    series.forget?.();
    series.live.add(end);
    series.count();
    if (series.live.size === 1) this.#tell("moq.link.up", series, end);
    this.#changed();
    let isUp = true;
    return (down) => {
      if (!isUp) return;
      isUp = false;
      series.live.delete(end);
      series.count();
      if (series.live.size === 0) this.#tell("moq.link.down", series, end, down);
      // A peer that is configured holds its series itself; one that said goodbye is none any more.
      if (down.clean) this.#release(series);
      else this.#remember(series);
      this.#changed();
    };
  }
  stop(): void {
    this.#stopMeasuring();
    for (const series of this.#series.values()) series.forget?.();
    this.#watchers.clear();
  }
  #hold(name: string): LinkSeries {
    let series = this.#series.get(name);
    if (!series) {
      series = new LinkSeries(this.#instruments, name);
      this.#series.set(name, series);
    }
    series.holds += 1;
    return series;
  }
  #release(series: LinkSeries): void {
    series.holds -= 1;
    if (series.holds > 0) return;
    this.#series.delete(series.name);
    this.#instruments.recorder.retire("peer.node", series.name);
  }
  #remember(series: LinkSeries): void {
    series.forget?.();
    series.forget = once(() => {
      cancel();
      series.forget = undefined;
      this.#release(series);
    });
    const cancel = this.#instruments.clock.after(rememberMs, series.forget, { background: true });
  }
  #changed(): void {
    for (const changed of this.#watchers) changed();
  }
  #tell(event: "moq.link.up" | "moq.link.down", { name }: LinkSeries, end: LinkEnd, down?: LinkDown): void {
    const { recorder } = this.#instruments;
    const { direction, connectionId, transport, span } = end;
    const attributes = { node: name, direction, "connection.id": connectionId, transport: transport as "websocket" };
    if (!down) return recorder.event("info", event, attributes, span);
    recorder.event(down.clean ? "info" : "warn", event, { ...attributes, reason: down.reason }, span);
  }
}

function once(run: () => void): () => void {
  let done = false;
  return () => {
    if (done) return;
    done = true;
    run();
  };
}
