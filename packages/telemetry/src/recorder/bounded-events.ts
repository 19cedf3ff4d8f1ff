import type { EventAttributes, EventName } from "../registry/types.ts";
import type { LogLevel, Recorder, SpanContext } from "./recorder.ts";
import { seriesOf } from "./series-of.ts";

/** Monotonic time, and a timer; what is returned cancels it. */
export interface EventClock {
  /** Milliseconds. */
  now(): number;
  after(ms: number, run: () => void): () => void;
}

export interface BoundedEvents extends Recorder {
  /** Tells what is held back; nothing is held back afterwards. May be called twice. */
  close(): void;
}

interface Rate {
  readonly burst: number;
  readonly perSecond: number;
}
/** Changes of state: what many sessions do in a second is told of each. */
const changes: Rate = { burst: 500, perSecond: 100 };
/** What goes wrong, or is dropped, for one cause: the next is like the last (tracing.md §4). */
const repeated: Rate = { burst: 1, perSecond: 1 };

type Attributes = EventAttributes<EventName>;
type Tell = (attributes: Attributes, context: SpanContext | undefined) => void;

/** One kind of records: tells the first ones at once, then at its rate the newest of those since, with how many others there were. */
class Kind {
  readonly #rate: Rate;
  readonly #clock: EventClock;
  readonly #tell: Tell;
  #credit: number;
  #seenMs: number;
  #held: readonly [Attributes, SpanContext | undefined] | undefined;
  #suppressed = 0;
  #cancel = (): void => {};
  constructor(rate: Rate, clock: EventClock, tell: Tell) {
    this.#rate = rate;
    this.#clock = clock;
    this.#tell = tell;
    this.#credit = rate.burst;
    this.#seenMs = clock.now();
  }
  put(attributes: Attributes, context: SpanContext | undefined): void {
    if (this.#held === undefined && this.#take()) return this.#tell(attributes, context);
    if (this.#held === undefined) this.#cancel = this.#clock.after(this.#waitMs(), () => this.release());
    else this.#suppressed++;
    this.#held = [attributes, context];
  }
  release(): void {
    this.#cancel();
    const held = this.#held;
    if (held === undefined) return;
    const suppressed = this.#suppressed;
    this.#held = undefined;
    this.#suppressed = 0;
    this.#take();
    const [attributes, context] = held;
    this.#tell(suppressed === 0 ? attributes : { ...attributes, suppressed }, context);
  }
  #take(): boolean {
    const nowMs = this.#clock.now();
    this.#credit = Math.min(this.#rate.burst, this.#credit + ((nowMs - this.#seenMs) * this.#rate.perSecond) / 1000);
    this.#seenMs = nowMs;
    if (this.#credit < 1) return false;
    this.#credit -= 1;
    return true;
  }
  #waitMs(): number {
    return ((1 - this.#credit) * 1000) / this.#rate.perSecond;
  }
}

/**
 * A recorder whose events come at a bounded rate, whatever peers do: one a second for each cause of a rejected credential or a dropped
 * group and each stage of an error, a hundred a second of any other name. What exceeds it is held back; the newest is told as soon as it
 * may, with the number of the others in `suppressed`. Metrics and spans go through.
 */
export function boundedEvents(recorder: Recorder, clock: EventClock): BoundedEvents {
  const kinds = new Map<string, Kind>();
  let isClosed = false;
  return {
    ...seriesOf(recorder),
    span: (name, options) => recorder.span(name, options),
    event<N extends EventName>(level: LogLevel, name: N, attributes: EventAttributes<N>, context?: SpanContext) {
      if (isClosed) return recorder.event(level, name, attributes, context);
      const cause = causeOf(attributes);
      const key = `${level} ${name} ${cause ?? ""}`;
      let kind = kinds.get(key);
      if (kind === undefined) {
        // The attributes that come out are those of this name that went in.
        const tell: Tell = (given, around) => recorder.event(level, name, given as EventAttributes<N>, around);
        kind = new Kind(cause === undefined ? changes : repeated, clock, tell);
        kinds.set(key, kind);
      }
      kind.put(attributes, context);
    },
    close() {
      isClosed = true;
      for (const kind of kinds.values()) kind.release();
    },
  };
}

/** What tells records of one name apart that are worth telling apart; from closed sets, so that kinds are few. */
function causeOf(attributes: Readonly<Record<string, unknown>>): string | undefined {
  const { cause, stage } = attributes;
  if (typeof cause === "string") return cause;
  return typeof stage === "string" ? stage : undefined;
}
