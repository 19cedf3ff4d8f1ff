import type { OpenSet, ValueOf } from "./attribute-set.ts";
import type { events } from "./events.ts";
import type { FieldValues } from "./fields.ts";
import type { MetricName, Metrics } from "./metrics.ts";
import type { sessionState } from "./sets.ts";
import type { spans } from "./spans.ts";

type NameOf<I> = { [N in MetricName]: Metrics[N]["instrument"] extends I ? N : never }[MetricName];
export type CounterName = NameOf<"counter">;
export type UpDownCounterName = NameOf<"updowncounter">;
export type HistogramName = NameOf<"histogram">;
export type GaugeName = NameOf<"gauge">;

type SenderKeys<A> = { [K in keyof A]: A[K] extends { readonly derived: true } ? never : K }[keyof A];
/** The attributes a sender gives for a metric: all of them, none invented, none that only the gateway may set. */
export type AttributesOf<N extends MetricName> = [SenderKeys<Metrics[N]["attributes"]>] extends [never]
  ? Readonly<Record<string, never>>
  : { readonly [K in SenderKeys<Metrics[N]["attributes"]>]: ValueOf<Metrics[N]["attributes"][K]> };

type OpenKeys<A> = { [K in keyof A]: A[K] extends OpenSet ? K : never }[keyof A];
/** Attribute keys whose values are open, such as `broadcast`. */
export type OpenKey = { [N in MetricName]: OpenKeys<Metrics[N]["attributes"]> }[MetricName];

type Spans = typeof spans;
export type SpanName = keyof Spans;
export type SpanAttributes<N extends SpanName> = FieldValues<Spans[N]["attributes"]>;

type Events = typeof events;
export type EventName = keyof Events;
export type EventAttributes<N extends EventName> = FieldValues<Events[N]["fields"]>;

/** State of a playback session as a report carries it. */
export type SessionState = ValueOf<typeof sessionState>;
export type { MetricName, Metrics, ValueOf };
