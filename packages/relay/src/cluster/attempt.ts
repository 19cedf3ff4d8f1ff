import { type ConnectAttempt, type Path, toPath } from "@moqscope/lite";
import type { Span } from "@moqscope/telemetry";
import type { TransportCells } from "../metrics/cells.ts";
import { type TransportLabel, transportLabel } from "../metrics/classify.ts";
import type { RelayInstruments } from "../metrics/instruments.ts";
import { SessionMetrics } from "../metrics/session-metrics.ts";
import { SessionTrace } from "../tracing/session-trace.ts";
import type { Links } from "./links.ts";

interface AttemptContext {
  readonly instruments: RelayInstruments;
  readonly links: Links;
  readonly span: Span<"moq.connect">;
}

/** The figures of one attempt to dial. */
export class Attempt {
  readonly id: string;
  readonly #instruments: RelayInstruments;
  readonly #links: Links;
  readonly #span: Span<"moq.connect">;
  readonly #beganMs: number;
  #held: ReturnType<Links["bytes"]>;
  #metrics: SessionMetrics | undefined;
  #label: TransportLabel = "unknown";
  constructor(id: string, name: string, { instruments, links, span }: AttemptContext) {
    this.id = id;
    this.#instruments = instruments;
    this.#links = links;
    this.#span = span;
    this.#held = links.bytes(name);
    this.#beganMs = instruments.clock.now();
  }
  get elapsedMs(): number {
    return this.#instruments.clock.now() - this.#beganMs;
  }
  meter(label: TransportLabel): SessionMetrics {
    this.#label = label;
    const { id } = this;
    const instruments = this.#instruments;
    const root = (): Path => toPath("");
    const trace = new SessionTrace({ instruments, role: "client", id, began: this.#span, root });
    this.#metrics = new SessionMetrics({ instruments, transport: instruments.transport(label), trace, root, id });
    this.#metrics.links(this.#held.bytes);
    return this.#metrics;
  }
  /** The peer has said its name: what follows counts for it. */
  rename(name: string): void {
    const before = this.#held;
    this.#held = this.#links.bytes(name);
    this.#metrics?.links(this.#held.bytes);
    before.release();
  }
  settled(): { readonly id: string; readonly metrics: SessionMetrics; readonly cells: TransportCells } {
    if (!this.#metrics) throw new Error("a session was set up without a meter");
    return { id: this.id, metrics: this.#metrics, cells: this.#instruments.linkTransport(this.#label) };
  }
  /** Each transport that was tried in vain. */
  tried({ transport, result }: ConnectAttempt): void {
    if (result === "ok" || result === "cancelled") return;
    const { connections } = this.#instruments.linkTransport(transportLabel(transport));
    connections[result === "timeout" ? "transport_error" : result].add();
  }
  release(): void {
    this.#held.release();
  }
}
