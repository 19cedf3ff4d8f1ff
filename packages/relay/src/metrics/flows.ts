import type { Clock, FlowMeter, Frame, GroupDropReason, MeteredRequest } from "@moqscope/lite";
import { inFlushTurn } from "@moqscope/lite/node";
import type { Counter, Lease } from "@moqscope/telemetry";
import type { UpstreamTrace } from "../tracing/session-trace.ts";
import type { BroadcastCells } from "./broadcast-cells.ts";
import type { RelayCells, TransportCells } from "./cells.ts";

/** One live frame in this many has its way through the relay timed. */
export const forwardSampling = 16;

export interface FlowContext {
  readonly clock: Clock;
  readonly relay: RelayCells;
  readonly transport: TransportCells;
  readonly broadcast: BroadcastCells;
  /** Payload bytes of the link, where the peer is a relay. */
  readonly linkBytes?: Counter | undefined;
  /** What we serve came over a link. */
  readonly remote?: boolean;
  /** What its owner does at the end; called once. */
  onClose(): void;
  /** What its owner tells of a group that is not delivered. */
  onDrop(reason: GroupDropReason): void;
}

/** One SUBSCRIBE that we serve. */
export class ServingFlow implements FlowMeter {
  readonly #context: FlowContext;
  #untilSample: number;
  #settled = false;
  #open = true;
  /** `offset` spreads the sampled frames over the subscribers of a frame: without it, always the same ones would be timed. */
  constructor(context: FlowContext, offset: number) {
    this.#context = context;
    this.#untilSample = offset % forwardSampling;
  }
  frame(frame: Frame): void {
    const { transport, broadcast, linkBytes } = this.#context;
    const bytes = frame.payload.byteLength;
    linkBytes?.add(bytes);
    transport.bytesSent.add(bytes);
    transport.framesSent.add();
    broadcast.bytesSent.add(bytes);
  }
  forwarded({ receivedMs }: Frame): void {
    if (receivedMs !== undefined) this.#sample(receivedMs);
  }
  group(): void {
    this.#context.relay.groupsSent.add();
  }
  dropped(reason: GroupDropReason): void {
    this.#context.relay.groupsDropped[reason].add();
    this.#context.broadcast.groupsDropped.add();
    this.#context.onDrop(reason);
  }
  datagram(outcome: "ok" | "dropped"): void {
    this.#context.relay.datagramsSent[outcome].add();
  }
  first(elapsedMs: number, cached: boolean): void {
    const { relay, remote } = this.#context;
    const fromSource = remote ? relay.firstFromRelay : relay.firstFromPublisher;
    (cached ? relay.firstFromCache : fromSource).record(elapsedMs / 1000);
    this.settle(cached);
  }
  close(): void {
    if (!this.#open) return;
    this.#open = false;
    this.settle(false);
    this.#context.onClose();
  }
  /** A request asks for one group at once: it was there, or it was not. */
  protected settle(cached: boolean): void {
    if (this.#settled) return;
    this.#settled = true;
    (cached ? this.#context.relay.cacheHits : this.#context.relay.cacheMisses).add();
  }
  #sample(receivedMs: number): void {
    if (this.#untilSample > 0) {
      this.#untilSample -= 1;
      return;
    }
    this.#untilSample = forwardSampling - 1;
    const { clock, relay } = this.#context;
    // The transport has the frame, but writes it in the flush turn, one peer after another: only then has it left.
    inFlushTurn(() => relay.forwardTime.record((clock.now() - receivedMs) / 1000));
  }
}

/** One FETCH that we serve: its bytes and its cache hit or miss count, but it is no subscription whose start would be judged. */
export class FetchFlow extends ServingFlow {
  constructor(context: Omit<FlowContext, "onClose">) {
    super({ ...context, onClose() {} }, 0);
  }
  override first(_elapsedMs: number, cached: boolean): void {
    this.settle(cached);
  }
}

/** One SUBSCRIBE of ours at a publisher, or one FETCH, which is no subscription. */
export class ReceivingFlow implements FlowMeter {
  readonly #context: Omit<FlowContext, "onDrop">;
  readonly #lease: Lease | undefined;
  readonly #trace: UpstreamTrace | undefined;
  #open = true;
  constructor(context: Omit<FlowContext, "onDrop">, kind: MeteredRequest["kind"], trace: UpstreamTrace | undefined) {
    this.#context = context;
    this.#lease = kind === "subscribe" ? context.relay.upstreamSubscriptions.acquire() : undefined;
    this.#trace = trace;
  }
  frame(frame: Frame): void {
    const { transport, broadcast, linkBytes } = this.#context;
    const bytes = frame.payload.byteLength;
    linkBytes?.add(bytes);
    transport.bytesReceived.add(bytes);
    transport.framesReceived.add();
    broadcast.bytesReceived.add(bytes);
  }
  /** Told of what we serve only. */
  forwarded(): void {}
  group(): void {
    this.#context.relay.groupsReceived.add();
    // A FETCH is told of no first byte.
    this.#trace?.first();
  }
  /** Counted where it matters: each subscriber that misses the group has its own drop, with the reason `upstream_lost`. */
  dropped(): void {}
  datagram(outcome: "ok" | "dropped"): void {
    this.#context.relay.datagramsReceived[outcome].add();
  }
  /** The time to the first group is counted towards the subscriber. */
  first(): void {
    this.#trace?.first();
  }
  close(): void {
    if (!this.#open) return;
    this.#open = false;
    this.#lease?.release();
    this.#trace?.close();
    this.#context.onClose();
  }
}
