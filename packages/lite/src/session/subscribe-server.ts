import type { LiteError } from "../error.ts";
import type { Group } from "../model/group.ts";
import type { Path } from "../model/path.ts";
import type { Drop, Track, TrackReader, TrackReading, Wish } from "../model/track.ts";
import type { BidiStream } from "../transport/transport.ts";
import { WireCode } from "../wire/code.ts";
import { encodeMessage } from "../wire/codec.ts";
import { GroupHeader } from "../wire/group.ts";
import { UniType } from "../wire/stream-type.ts";
import { SubscribeUpdate } from "../wire/subscribe.ts";
import { encodeSubscribeAnswer, type SubscribeAnswer } from "../wire/subscribe-reply.ts";
import { hasFrameTimestamps, hasSubscribeUpdate } from "../wire/version.ts";
import { Accounted } from "./accounted.ts";
import { boundedWrite } from "./bounded-write.ts";
import type { Context } from "./context.ts";
import { sendDatagram } from "./datagram-sender.ts";
import { abandon } from "./errors.ts";
import { Expiry } from "./expiry.ts";
import { GroupSender } from "./group-sender.ts";
import { type FlowMeter, GroupDropReason, type GroupQueue } from "./meter.ts";
import { groupPriority } from "./priority.ts";
import type { SendBudget } from "./send-budget.ts";
import type { StreamReader } from "./stream-reader.ts";

export interface SubscribeServerOptions {
  readonly id: bigint;
  readonly broadcast: Path;
  readonly track: Track;
  readonly wish: Wish;
  readonly stream: BidiStream;
  readonly budget: SendBudget;
  /** Monotonic milliseconds at which the peer asked (TRACK, else SUBSCRIBE). */
  readonly askedMs: number;
  /** The peer has its answer, and the track is followed. */
  readonly answered: () => void;
}

/** Serves one subscription of the peer (moq-lite §9.2): one stream per group, in order of arrival, each accounted for. */
export class SubscribeServer implements TrackReader, GroupQueue {
  readonly #context: Context;
  readonly #flow: FlowMeter;
  readonly #options: SubscribeServerOptions;
  readonly #senders = new Map<number, GroupSender>();
  readonly #expiry: Expiry;
  /** Groups handed over while attaching; told afterwards, so that START is the lowest. */
  #backlog: { group: Group; cached: boolean }[] | undefined = [];
  #wish: Wish;
  #reading: TrackReading | undefined;
  #floor: number | undefined;
  #latest = -1;
  /** What was delivered, is under way or was told as dropped: nothing is told twice. */
  #accounted: Accounted | undefined;
  #first = true;
  #ending = false;
  /** The track broke off: told when what is whole has left. */
  #broken: LiteError | undefined;
  #closed = false;
  constructor(context: Context, options: SubscribeServerOptions) {
    this.#context = context;
    this.#options = options;
    this.#wish = options.wish;
    this.#flow = context.meter.serving(options.broadcast, options.track.name, "subscribe", this);
    this.#expiry = new Expiry({ clock: context.clock, info: options.track.info, senders: this.#senders });
    this.#expiry.patienceMs = options.wish.maxLatencyMs;
  }
  get openGroups(): number {
    return this.#senders.size;
  }
  /** Serves until the peer leaves or the track has ended. */
  async run(reader: StreamReader): Promise<void> {
    const { track } = this.#options;
    this.#reply({ kind: "ok", wish: this.#wish });
    try {
      const reading = track.attach(this, this.#wish);
      this.#options.answered();
      this.#reading = reading;
      const backlog = this.#backlog ?? [];
      this.#backlog = undefined;
      for (const { group, cached } of backlog.sort((a, b) => a.group.sequence - b.group.sequence)) this.group(group, cached);
      if (this.#ending) this.#finishWhenDone();
      if (this.#closed) reading.detach();
      await this.#updates(reader);
      this.#options.stream.send.finish();
    } finally {
      this.#leave();
      this.#flow.close();
    }
  }
  async #updates(reader: StreamReader): Promise<void> {
    if (!hasSubscribeUpdate(this.#context.version)) return reader.drain();
    for (let update = await reader.message(SubscribeUpdate); update; update = await reader.message(SubscribeUpdate)) this.#update(update);
  }
  group(group: Group, cached: boolean): void {
    if (this.#backlog) return void this.#backlog.push({ group, cached });
    if (this.#closed || !this.#wants(group.sequence) || this.#senders.has(group.sequence)) return;
    if (group.datagram) return this.#datagram(group, cached);
    if (this.#floor === undefined) {
      this.#floor = group.sequence;
      this.#reply({ kind: "start", group: group.sequence });
    }
    this.#latest = Math.max(this.#latest, group.sequence);
    this.#accounted ??= new Accounted(group.sequence);
    this.#accounted.add(group.sequence);
    this.#send(group, cached);
  }
  dropped(drop: Drop): void {
    if (this.#closed || drop.last < drop.first || (drop.first === drop.last && this.#accounted?.has(drop.first))) return;
    this.#reply({ kind: "drop", drop });
    const told = Math.min(drop.last, drop.first + this.#context.limits.droppedGroupsTold - 1);
    for (let sequence = drop.first; sequence <= told; sequence++)
      if (!this.#accounted?.has(sequence)) this.#flow.dropped(GroupDropReason.upstreamLost);
    this.#accounted ??= new Accounted(drop.first);
    this.#accounted.addRange(drop.first, drop.last);
  }
  ended(end: number): void {
    if (this.#closed) return;
    this.#reply({ kind: "end", group: end });
    this.#ending = true;
    if (!this.#backlog) this.#finishWhenDone();
  }
  aborted(error: LiteError): void {
    if (this.#closed) return;
    this.#ending = true;
    this.#broken = error;
    for (const sender of this.#senders.values()) if (sender.group.state.kind !== "finished") sender.give(WireCode.cancel, undefined);
    if (!this.#backlog) this.#finishWhenDone();
  }
  #wants(sequence: number): boolean {
    return (this.#floor === undefined || sequence >= this.#floor) && (this.#wish.end === undefined || sequence <= this.#wish.end);
  }
  #send(group: Group, cached: boolean): void {
    const { sequence } = group;
    const sender = new GroupSender({
      group,
      priority: this.#priority(sequence),
      beganMs: this.#context.clock.now(),
      cachedFrames: cached ? group.frames.length : 0,
      flow: this.#flow,
      timestamps: hasFrameTimestamps(this.#context.version),
      open: (options) => this.#context.transport.openUni(options),
      prefix: this.#header(sequence),
      budget: this.#options.budget,
      first: () => {
        this.#options.budget.opened(sender);
        this.#expiry.look();
        this.#begun(cached);
      },
      done: (given) => this.#sent(sender, given),
    });
    this.#senders.set(sequence, sender);
    this.#options.budget.add(sender, () => sequence === this.#latest);
    this.#expiry.began(sender);
    void sender.start(); // Tells `done` however it ends, and never rejects.
  }
  #header(sequence: number): Uint8Array {
    const header = encodeMessage(GroupHeader, { subscribe: this.#options.id, sequence }, UniType.group);
    return header;
  }
  #begun(cached: boolean): void {
    if (!this.#first) return;
    this.#first = false;
    this.#flow.first(this.#context.clock.now() - this.#options.askedMs, cached);
  }
  #datagram(group: Group, cached: boolean): void {
    if (sendDatagram(this.#context, { subscribe: this.#options.id, group, cached }, this.#flow)) this.#begun(cached);
  }
  #priority(sequence: number): number {
    return groupPriority(this.#wish, this.#options.track.info, sequence - (this.#floor ?? sequence));
  }
  #sent(sender: GroupSender, given: { readonly code: number; readonly reason: GroupDropReason | undefined } | undefined): void {
    const { sequence } = sender.group;
    this.#senders.delete(sequence);
    this.#options.budget.delete(sender);
    if (this.#closed) return;
    if (given?.reason) this.#reply({ kind: "drop", drop: { first: sequence, last: sequence, code: given.code } });
    if (this.#ending) this.#finishWhenDone();
  }
  #update(next: Wish): void {
    const before = this.#wish;
    this.#wish = next;
    this.#reading?.update(next);
    for (const sender of this.#senders.values()) sender.priority = this.#priority(sender.group.sequence);
    if (before.end !== undefined && (next.end === undefined || next.end > before.end)) this.#resume(before.end + 1);
    this.#expiry.patienceMs = next.maxLatencyMs;
  }
  /** Serves what was held back by the cap and is still cached. */
  #resume(from: number): void {
    const { track } = this.#options;
    const last = track.latest?.sequence ?? -1;
    for (let sequence = Math.max(from, last - this.#context.limits.droppedGroupsTold); sequence <= last; sequence++) {
      const group = track.get(sequence);
      if (group) this.group(group, false);
    }
  }
  #finishWhenDone(): void {
    if (this.#closed || this.#senders.size > 0) return;
    this.#closed = true;
    this.#expiry.stop();
    this.#reading?.detach();
    if (this.#broken) return abandon(this.#options.stream, this.#broken);
    this.#options.stream.send.finish();
    this.#options.stream.receive.stop(WireCode.cancel);
  }
  #reply(answer: SubscribeAnswer): void {
    const bytes = encodeSubscribeAnswer(this.#context.version, answer);
    if (bytes) boundedWrite(this.#context, this.#options.stream.send, bytes);
  }
  #leave(): void {
    this.#closed = true;
    this.#expiry.stop();
    this.#reading?.detach();
    for (const sender of this.#senders.values()) sender.give(WireCode.cancel, undefined);
  }
}
