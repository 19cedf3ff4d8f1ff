import type { Clock, Path } from "@moqscope/lite";
import { type AttributesOf, type BoundedEvents, boundedEvents, type Gauge, type Recorder } from "@moqscope/telemetry";
import { SharedSpans } from "../tracing/shared-spans.ts";
import { TraceAdmission } from "../tracing/trace-admission.ts";
import { BroadcastTable } from "./broadcast-cells.ts";
import { linkRelayCells, linkTransportCells, type RelayCells, relayCells, type TransportCells, transportCells } from "./cells.ts";
import type { ErrorType, RelayRefusal, TransportLabel } from "./classify.ts";
import { LinkCells } from "./link-cells.ts";
import { OpenQueues } from "./open-queues.ts";

export type Stage = AttributesOf<"moq.relay.errors">["stage"];

export interface InstrumentsOptions {
  readonly recorder: Recorder;
  readonly clock: Clock;
  readonly broadcastLimit: number;
  /** Part of the sessions that ask to be traced, beyond those that always are. */
  readonly traceRatio?: number;
}

/** Every figure of the relay. Cells are made once per attribute set and written where the thing happens. */
export class RelayInstruments {
  /** Its events come at a bounded rate. */
  readonly recorder: BoundedEvents;
  readonly clock: Clock;
  readonly admission: TraceAdmission;
  readonly shared: SharedSpans = new SharedSpans();
  readonly queues: OpenQueues = new OpenQueues();
  readonly relay: RelayCells;
  readonly broadcasts: BroadcastTable;
  readonly link: LinkCells;
  readonly certificateExpiry: Gauge;
  readonly shedding: Gauge;
  /** Broadcasts whose publisher is connected to another relay. */
  readonly remote = new Set<Path>();
  readonly #transports = new Map<TransportLabel, TransportCells>();
  readonly #linkTransports = new Map<TransportLabel, TransportCells>();
  #linkRelay: RelayCells | undefined;
  #offset = 0;
  constructor(options: InstrumentsOptions) {
    this.recorder = boundedEvents(options.recorder, options.clock);
    this.clock = options.clock;
    this.admission = new TraceAdmission(options.clock, options.traceRatio ?? 1);
    this.relay = relayCells(options.recorder);
    this.broadcasts = new BroadcastTable(options.recorder, options.broadcastLimit, () => options.clock.now());
    this.link = new LinkCells(options.recorder);
    this.certificateExpiry = options.recorder.gauge("moq.relay.certificate_expiry", {});
    this.shedding = options.recorder.gauge("moq.relay.shedding", {});
    this.shedding.set(0);
    this.transport("websocket");
  }
  transport(label: TransportLabel): TransportCells {
    const known = this.#transports.get(label);
    if (known) return known;
    const made = transportCells(this.recorder, label);
    this.#transports.set(label, made);
    return made;
  }
  /** Something was turned away. */
  refused(reason: RelayRefusal): void {
    this.relay.refusals[reason].add();
  }
  /** What sessions with other relays are counted by; without links there are no such series. */
  linkTransport(label: TransportLabel): TransportCells {
    const known = this.#linkTransports.get(label);
    if (known) return known;
    const made = linkTransportCells(this.recorder, this.transport(label));
    this.#linkTransports.set(label, made);
    return made;
  }
  get linkRelay(): RelayCells {
    this.#linkRelay ??= linkRelayCells(this.recorder, this.relay);
    return this.#linkRelay;
  }
  get transports(): Iterable<TransportCells> {
    return this.#transports.values();
  }
  error(type: ErrorType, stage: Stage): void {
    this.recorder.counter("moq.relay.errors", { "error.type": type, stage }).add();
  }
  /** Tells what is held back. May be called twice. */
  close(): void {
    this.broadcasts.close();
    this.recorder.close();
  }
  /** Which frame of its first ones a new subscription has timed. */
  nextOffset(): number {
    this.#offset += 1;
    return this.#offset;
  }
}
