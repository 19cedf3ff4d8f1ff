import {
  type FlowMeter,
  type GroupDropReason,
  type GroupQueue,
  joinPath,
  type LiteError,
  type MeteredRequest,
  type Path,
  type RequestMeter,
  type ServedRequest,
  type SessionMeter,
  type SessionRefusal,
  SubscribeResult,
  type TransportClosed,
} from "@moqscope/lite";
import type { Counter, Lease } from "@moqscope/telemetry";
import type { SessionTrace } from "../tracing/session-trace.ts";
import type { BroadcastCells } from "./broadcast-cells.ts";
import type { RelayCells, TransportCells } from "./cells.ts";
import { type CloseReason, closeError, closeReason, errorType, type Peer } from "./classify.ts";
import { FetchFlow, ReceivingFlow, ServingFlow } from "./flows.ts";
import type { RelayInstruments } from "./instruments.ts";

/** A broadcast that this session reads: how many SUBSCRIBEs are open, and the viewer that they are together. */
interface Reading {
  open: number;
  readonly cells: BroadcastCells;
  viewer: Lease | undefined;
}

export interface SessionMetricsOptions {
  readonly instruments: RelayInstruments;
  readonly transport: TransportCells;
  readonly trace: SessionTrace;
  readonly root: () => Path;
  /** Its name in records. */
  readonly id: string;
  /** Told of each group that is not delivered to a viewer. */
  readonly onLoss?: (reason: GroupDropReason) => void;
}

/** Payload bytes of a link between relays. */
export interface LinkBytes {
  readonly sent: Counter;
  readonly received: Counter;
}

/**
 * The figures of one session, and what its log and its trace say of requests: every gauge is held by a lease that `closed` releases,
 * whatever the session did before.
 */
export class SessionMetrics implements SessionMeter {
  readonly #instruments: RelayInstruments;
  #transport: TransportCells;
  #relay: RelayCells;
  #link: LinkBytes | undefined;
  readonly #trace: SessionTrace;
  readonly #root: () => Path;
  readonly #id: string;
  readonly #onLoss: ((reason: GroupDropReason) => void) | undefined;
  readonly #readings = new Map<Path, Reading>();
  #peer: Peer = "client";
  #connection: Lease | undefined;
  #subscribers: Lease | undefined;
  #subscriptions: Lease | undefined;
  #openSubscriptions = 0;
  #upstream = new Set<ReceivingFlow>();
  #openedMs: number | undefined;

  constructor({ instruments, transport, trace, root, id, onLoss }: SessionMetricsOptions) {
    this.#instruments = instruments;
    this.#transport = transport;
    this.#relay = instruments.relay;
    this.#trace = trace;
    this.#root = root;
    this.#id = id;
    this.#onLoss = onLoss;
  }
  get peer(): Peer {
    return this.#peer;
  }
  /** The peer is a relay, and what is sent and received over this session is counted as that link's. Said before `opened`. */
  links(bytes: LinkBytes): void {
    this.#peer = "relay";
    this.#link = bytes;
    this.#transport = this.#instruments.linkTransport(this.#transport.label);
    this.#relay = this.#instruments.linkRelay;
  }
  /** SUBSCRIBE streams that are open towards the peer. */
  get subscriptions(): number {
    return this.#openSubscriptions;
  }
  /** The session is set up, so long after its transport was accepted. */
  opened(elapsedMs: number): void {
    this.#openedMs = this.#instruments.clock.now();
    this.#transport.connections.accepted.add();
    this.#transport.setupTime.record(elapsedMs / 1000);
    this.#hold();
  }
  /** The peer has announced something: from now on the session counts as a publisher's. */
  publishes(): void {
    if (this.#peer !== "client") return;
    this.#release();
    this.#peer = "publisher";
    for (const reading of this.#readings.values()) {
      reading.viewer?.release();
      reading.viewer = undefined;
    }
    if (this.#openedMs !== undefined) this.#hold();
  }
  /** Releases everything; tells how the session is classified. One that was never set up is not among the closed. */
  closed(closed: TransportClosed, wasAskedToGo = false): CloseReason {
    const reason = closeReason(closed, wasAskedToGo);
    this.#release();
    for (const reading of this.#readings.values()) reading.viewer?.release();
    this.#readings.clear();
    for (const flow of this.#upstream) flow.close();
    this.#trace.close();
    const failure = toldBefore(closed) ? undefined : closeError(reason);
    if (failure) this.#instruments.error(failure, this.#openedMs === undefined ? "setup" : "media");
    if (this.#openedMs !== undefined) {
      this.#transport.closed[reason].add();
      this.#transport.duration[this.#peer].record((this.#instruments.clock.now() - this.#openedMs) / 1000);
    }
    this.#openedMs = undefined;
    return reason;
  }

  serving(broadcast: Path, track: string, request: ServedRequest, queue?: GroupQueue): FlowMeter {
    const path = joinPath(this.#root(), broadcast);
    const linkBytes = this.#link?.sent;
    const onDrop = (cause: GroupDropReason): void => {
      this.#dropped({ broadcast: path, track, cause });
      if (this.#peer !== "relay") this.#onLoss?.(cause);
    };
    if (request === "fetch") return new FetchFlow({ ...this.#flow(this.#instruments.broadcasts.cells(path)), linkBytes, onDrop });
    const reading = this.#read(path);
    reading.open += 1;
    this.#openSubscriptions += 1;
    this.#update();
    const unqueue = queue && this.#instruments.queues.add(queue, () => this.#peer);
    this.#tell(path, track, { state: "active" });
    const onClose = (): void => {
      unqueue?.();
      reading.open -= 1;
      this.#openSubscriptions -= 1;
      if (reading.open === 0 && this.#readings.get(path) === reading) {
        this.#readings.delete(path);
        reading.viewer?.release();
      }
      this.#update();
      this.#tell(path, track, { state: "ended" });
    };
    const remote = this.#instruments.remote.has(path);
    return new ServingFlow({ ...this.#flow(reading.cells), linkBytes, remote, onClose, onDrop }, this.#instruments.nextOffset());
  }
  receiving(request: MeteredRequest): FlowMeter {
    const context = {
      ...this.#flow(this.#instruments.broadcasts.cells(joinPath(this.#root(), request.broadcast))),
      linkBytes: this.#link?.received,
      onClose: () => void this.#upstream.delete(flow),
    };
    const flow: ReceivingFlow = new ReceivingFlow(context, request.kind, this.#trace.receiving(request));
    this.#upstream.add(flow);
    return flow;
  }
  asked(request: MeteredRequest): RequestMeter {
    const traced = this.#trace.asked(request);
    let isAnswered = false;
    return {
      answered: (result) => {
        if (isAnswered) return;
        isAnswered = true;
        traced(result);
        if (request.kind === "subscribe") this.#subscribed(request, result);
      },
    };
  }
  announcement(event: "active" | "ended" | "restarted", path: Path, hops: readonly bigint[]): void {
    this.#instruments.relay.announcements[event].add();
    this.#trace.announcement(event, path, hops);
  }
  refused(reason: SessionRefusal): void {
    this.#instruments.refused(reason);
  }
  goaway(direction: "sent" | "received"): void {
    this.#instruments.relay.goaways[direction].add();
  }
  error(error: LiteError, stage: "setup" | "announce" | "subscribe" | "media"): void {
    this.#instruments.error(errorType(error), stage);
  }

  #subscribed({ broadcast, track }: MeteredRequest, result: SubscribeResult): void {
    this.#instruments.relay.answered[this.#peer][result].add();
    if (result !== SubscribeResult.ok) this.#tell(joinPath(this.#root(), broadcast), track, { state: "refused", reason: result });
  }
  #tell(broadcast: Path, track: string, what: { readonly state: string; readonly reason?: string }): void {
    this.#instruments.recorder.event(
      "info",
      "moq.subscription",
      { "connection.id": this.#id, broadcast, track, ...what },
      this.#trace.context,
    );
  }
  #dropped(what: { readonly broadcast: Path; readonly track: string; readonly cause: GroupDropReason }): void {
    this.#instruments.recorder.event("warn", "moq.group.dropped", { "connection.id": this.#id, ...what }, this.#trace.context);
  }
  #flow(broadcast: BroadcastCells): {
    clock: RelayInstruments["clock"];
    relay: RelayCells;
    transport: TransportCells;
    broadcast: BroadcastCells;
  } {
    return { clock: this.#instruments.clock, relay: this.#relay, transport: this.#transport, broadcast };
  }
  #read(path: Path): Reading {
    const known = this.#readings.get(path);
    if (known) return known;
    const { broadcasts } = this.#instruments;
    const viewer = this.#peer === "client" ? broadcasts.viewer(path) : undefined;
    const reading: Reading = { open: 0, cells: broadcasts.cells(path), viewer };
    this.#readings.set(path, reading);
    return reading;
  }
  #hold(): void {
    this.#connection = this.#transport.active[this.#peer].acquire();
    this.#subscribers = this.#transport.subscribers[this.#peer].acquire(this.#readings.size);
    this.#subscriptions = this.#instruments.relay.subscriptions[this.#peer].acquire(this.#openSubscriptions);
  }
  #update(): void {
    this.#subscribers?.set(this.#readings.size);
    this.#subscriptions?.set(this.#openSubscriptions);
  }
  #release(): void {
    this.#connection?.release();
    this.#subscribers?.release();
    this.#subscriptions?.release();
  }
}

/** A session that ends itself for what the peer did has told `error` why; codes above are the framing's, which tells nobody. */
function toldBefore({ by, code }: TransportClosed): boolean {
  return by === "local" && code < 1000;
}
