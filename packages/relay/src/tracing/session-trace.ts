import { type Clock, joinPath, type MeteredRequest, type Path, SubscribeResult } from "@moqscope/lite";
import type { Recorder, Span, SpanAttributes, SpanContext, SpanLink } from "@moqscope/telemetry";
import type { SharedSpans } from "./shared-spans.ts";
import { type Opener, subscribeSpanId } from "./subscribe-span-id.ts";
import type { TraceAdmission } from "./trace-admission.ts";

/** No span stays open longer: one that never ends is never seen (tracing.md §1). */
const longestMs = 60_000;

/** In which a subscription upstream begins that a viewer's needs. */
const upstreamMs = 2_000;

export interface SessionTraceOptions {
  readonly instruments: {
    readonly recorder: Recorder;
    readonly clock: Clock;
    readonly shared: SharedSpans;
    readonly admission: TraceAdmission;
  };
  /** Which end we are: `server` where the peer has dialled. */
  readonly role: Opener;
  readonly id: string;
  /** The span that the session began with: what it says of an accept, or that of our connect. */
  readonly began: SpanAttributes<"moq.accept"> | Span<"moq.connect">;
  readonly root: () => Path;
}

/** A span upstream, and what ends it. */
export interface UpstreamTrace {
  /** The first object came. */
  first(): void;
  close(): void;
}

/**
 * The spans of one session (tracing.md §1): short ones, below the trace context of its connect URL or SETUP. A session that is not
 * sampled makes none, and costs a comparison for each request.
 */
export class SessionTrace {
  readonly #options: SessionTraceOptions;
  readonly #startMs = Date.now();
  readonly #announcing = new Map<Path, () => void>();
  #parent: SpanContext | undefined;
  #span: Span<"moq.accept"> | Span<"moq.connect"> | undefined;
  constructor(options: SessionTraceOptions) {
    this.#options = options;
  }
  /** What the peer's connect URL, or its SETUP, says; the first one counts, and none after a span was made. */
  below(parent: SpanContext | undefined): void {
    if (parent === undefined || this.#parent || this.#span) return;
    this.#parent = this.#options.instruments.admission.admit(parent);
  }
  /** Of the span that the session began with; its first use begins that of an accept. For the log too. */
  get context(): SpanContext {
    return this.#first().context;
  }
  /** The session is set up, or failed to be. */
  accepted(error?: string): void {
    this.#first().end(error === undefined ? {} : { error });
  }
  /** A request of the peer was read; the returned function is told how it was answered. */
  asked(request: MeteredRequest): (result: SubscribeResult) => void {
    if (!this.#isSampled) return ignore;
    const { recorder, clock, shared } = this.#options.instruments;
    const askedMs = clock.now();
    const attributes = this.#attributes(request);
    const path = this.#path(request.broadcast);
    if (request.kind === "fetch") {
      const span = recorder.span("moq.fetch.serve", { attributes, parent: this.context });
      return (result) => span.end(ended(result, shared.fetch(fetchKey(path, request), askedMs)));
    }
    const span = recorder.span("moq.subscribe.serve", { attributes, parent: this.#asking(request.id) });
    return (result) => {
      const endMs = Date.now();
      if (result !== SubscribeResult.ok) return span.end({ ...ended(result, undefined), endMs });
      const end = (upstream: SpanContext | undefined): void => span.end({ ...ended(result, upstream), endMs });
      // What a publisher of this process offers has no subscription upstream.
      const giveUp = (): void => {
        stop();
        end(undefined);
      };
      const cancel = clock.after(upstreamMs, giveUp, { background: true });
      const stop = shared.subscription(path, request.track, (upstream) => {
        cancel();
        end(upstream);
      });
    };
  }
  /** A request of ours was sent; `undefined` where nothing is traced. */
  receiving(request: MeteredRequest): UpstreamTrace | undefined {
    if (!this.#isSampled) return undefined;
    const { recorder, clock, shared } = this.#options.instruments;
    const parent = this.context;
    const attributes = this.#attributes(request);
    const path = this.#path(request.broadcast);
    if (request.kind === "fetch") {
      const span = recorder.span("moq.fetch", { attributes, parent });
      const end = shared.fetched(fetchKey(path, request), span.context);
      return bounded(clock, span, () => end(clock.now()));
    }
    const spanId = subscribeSpanId(parent.traceId, this.#options.role, request.id);
    const span = recorder.span("moq.subscribe", { attributes, parent, spanId });
    return bounded(clock, span, shared.subscribed(path, request.track, span.context));
  }
  /** The peer has announced a broadcast anew, in another way, or taken it back. */
  announcement(event: "active" | "ended" | "restarted", broadcast: Path, hops: readonly bigint[]): void {
    const { recorder, shared } = this.#options.instruments;
    const path = this.#path(broadcast);
    if (event !== "ended") this.#announcing.set(path, shared.announced(path, this.context));
    else this.#forget(path);
    if (!this.#isSampled) return;
    const origin = hops[0];
    const attributes = {
      "moq.connection.id": this.#options.id,
      "moq.broadcast": path,
      "moq.result": event,
      ...(origin === undefined ? {} : { "moq.origin": `${origin}`, "moq.hop.count": hops.length }),
    };
    recorder.span("moq.announce", { attributes, parent: this.context }).end();
  }
  /** The session is over. */
  close(): void {
    for (const path of this.#announcing.keys()) this.#forget(path);
  }
  get #isSampled(): boolean {
    return this.context.sampled !== false;
  }
  #first(): Span<"moq.accept"> | Span<"moq.connect"> {
    const { instruments, began } = this.#options;
    if (this.#span) return this.#span;
    const parent = this.#parent ? { parent: this.#parent } : {};
    this.#span = isSpan(began) ? began : instruments.recorder.span("moq.accept", { startMs: this.#startMs, attributes: began, ...parent });
    return this.#span;
  }
  /** The peer's own span of its subscription, where the peer is known to be traced. */
  #asking(id: bigint): SpanContext {
    const { context } = this;
    const { role } = this.#options;
    // Whom we have dialled we told the trace.
    if (role === "client") return { ...context, spanId: subscribeSpanId(context.traceId, "server", id) };
    return this.#parent ? { ...context, spanId: subscribeSpanId(context.traceId, "client", id) } : context;
  }
  #forget(path: Path): void {
    this.#announcing.get(path)?.();
    this.#announcing.delete(path);
  }
  #path(broadcast: Path): Path {
    return joinPath(this.#options.root(), broadcast);
  }
  #attributes(request: MeteredRequest): SpanAttributes<"moq.subscribe"> & SpanAttributes<"moq.fetch"> {
    return {
      "moq.connection.id": this.#options.id,
      "moq.broadcast": this.#path(request.broadcast),
      "moq.track": request.track,
      ...(request.kind === "subscribe" ? { "moq.subscribe.id": Number(request.id) } : { "moq.group.sequence": request.group }),
    };
  }
}

function ignore(): void {}

function isSpan(began: SessionTraceOptions["began"]): began is Span<"moq.connect"> {
  return "context" in began && typeof began.context === "object";
}

function fetchKey(path: Path, { track, group }: Extract<MeteredRequest, { kind: "fetch" }>): string {
  return `${path}\0${track}\0${group}`;
}

/** The end of a span that was answered, with a link to the span upstream that it shares. */
function ended(result: SubscribeResult, upstream: SpanContext | undefined) {
  const links: SpanLink[] = upstream === undefined ? [] : [{ context: upstream, kind: "upstream" }];
  const attributes = { "moq.result": result, ...(upstream === undefined ? {} : { "moq.link": "upstream" }) };
  return { links, attributes, ...(result === SubscribeResult.ok ? {} : { error: result }) };
}

function bounded(clock: Clock, span: Span<"moq.subscribe"> | Span<"moq.fetch">, close: () => void): UpstreamTrace {
  const end = (result: string): void => span.end({ attributes: { "moq.result": result } });
  const cancel = clock.after(longestMs, () => end("waiting"), { background: true });
  const settle = (result: string): void => {
    cancel();
    end(result);
  };
  return {
    first: () => settle("ok"),
    close: () => {
      settle("ended");
      close();
    },
  };
}
