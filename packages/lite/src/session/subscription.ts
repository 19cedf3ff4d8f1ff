import { LiteError, LiteErrorCode } from "../error.ts";
import type { Path } from "../model/path.ts";
import type { Track, Wish } from "../model/track.ts";
import { type BidiStream, ControlPriority } from "../transport/transport.ts";
import { WireCode, wireCodeOf } from "../wire/code.ts";
import { encodeMessage } from "../wire/codec.ts";
import type { Datagram } from "../wire/datagram.ts";
import { BidiType } from "../wire/stream-type.ts";
import { type SubscribeDrop, SubscribeUpdate, subscribe } from "../wire/subscribe.ts";
import { decodeSubscribeAnswer, type SubscribeAnswer } from "../wire/subscribe-reply.ts";
import { hasSubscribeReplies, hasSubscribeStart, hasSubscribeUpdate } from "../wire/version.ts";
import { Accounted } from "./accounted.ts";
import type { Context } from "./context.ts";
import { abandon, isMalformed, isRoutine, toLiteError } from "./errors.ts";
import { receiveFrames } from "./group-receiver.ts";
import { type FlowMeter, GroupDropReason } from "./meter.ts";
import { peerError } from "./peer-error.ts";
import { Recent } from "./recent.ts";
import { StreamReader } from "./stream-reader.ts";

export interface SubscriptionOptions {
  /** Registered already, so that groups which overtake find it. */
  readonly id: bigint;
  readonly path: Path;
  readonly track: Track;
  readonly wish: Wish;
  /** What TRACK took before, milliseconds. */
  readonly trackMs: number;
  /** Told once when no group is wanted any more. */
  readonly over: () => void;
}

/** Our SUBSCRIBE at the peer, filling a track of the model (moq-lite §9.2). */
export class Subscription {
  readonly #context: Context;
  readonly #options: SubscriptionOptions;
  readonly #flow: FlowMeter;
  readonly #sentMs: number;
  readonly #stop = new AbortController();
  readonly #groups = new Set<StreamReader>();
  /** How groups came, so that one which comes both ways is delivered once. */
  readonly #seen = new Recent<"stream" | "datagram">();
  #wish: Wish;
  #stream: BidiStream | undefined;
  #accounted: Accounted | undefined;
  #end: number | undefined;
  #complete = false;
  #first = true;
  #over = false;
  /** Why the peer ended it, while groups that it had sent are read to their end. */
  #broken: LiteError | undefined;
  #flowClosed = false;
  #cancelGrace = (): void => {};
  constructor(context: Context, options: SubscriptionOptions) {
    this.#context = context;
    this.#options = options;
    this.#wish = options.wish;
    this.#sentMs = context.clock.now();
    const { id, path: broadcast, track } = options;
    this.#flow = context.meter.receiving({ kind: "subscribe", broadcast, track: track.name, id });
  }
  get path(): Path {
    return this.#options.path;
  }
  /** Subscribes and follows the publisher's words until the end; never rejects. */
  async run(): Promise<void> {
    const { track } = this.#options;
    try {
      const stream = await this.#context.transport.openBidi({ priority: ControlPriority, signal: this.#stop.signal });
      if (this.#over) return abandon(stream, undefined);
      this.#stream = stream;
      const message = { id: this.#options.id, broadcast: this.#options.path, track: track.name, wish: this.#wish };
      stream.send.write(Uint8Array.of(BidiType.subscribe), encodeMessage(subscribe(this.#context.version), message));
      await this.#replies(new StreamReader(stream.receive));
      stream.send.finish();
      this.#complete = true;
      this.#finishIfWhole();
    } catch (cause) {
      this.#fail(toLiteError(cause));
    }
  }
  update(wish: Wish): void {
    this.#wish = wish;
    if (hasSubscribeUpdate(this.#context.version)) this.#stream?.send.write(encodeMessage(SubscribeUpdate, wish));
  }
  /** Nobody reads any more: takes the subscription back. */
  close(): void {
    if (this.#over) return;
    this.#settle();
    this.#stop.abort(new LiteError(LiteErrorCode.cancelled, "nobody reads this track any more"));
    this.#stream?.send.finish();
    this.#stream?.receive.stop(WireCode.cancel);
  }
  /** The session is over. */
  abort(error: LiteError): void {
    if (this.#over) return;
    this.#settle();
    this.#options.track.abort(error);
  }
  /** Reads one group stream of this subscription; never rejects. */
  async receive(sequence: number, reader: StreamReader): Promise<void> {
    const { track } = this.#options;
    if (this.#over || track.ended) return reader.stop(WireCode.cancel);
    const known = track.get(sequence);
    if ((known && known.state.kind !== "aborted") || this.#seen.get(sequence) === "datagram") return reader.stop(WireCode.duplicate);
    this.#seen.add(sequence, "stream");
    const group = track.createGroup(sequence);
    this.#account(sequence);
    this.#begun();
    this.#groups.add(reader);
    try {
      await receiveFrames(this.#context, reader, { group, flow: this.#flow });
      if (group.state.kind === "aborted") reader.stop(WireCode.cancel);
    } catch (cause) {
      const error = toLiteError(cause);
      reader.stop(wireCodeOf(error));
      if (group.state.kind === "open") this.#lost(error);
      group.abort(error);
    } finally {
      this.#groups.delete(reader);
      if (this.#broken && this.#groups.size === 0) this.#fail(this.#broken);
      this.#closeFlow();
    }
  }
  /** Takes one datagram of this subscription; a group that came already is not delivered again (moq-lite §9.6). */
  datagram({ sequence, timestamp, payload }: Datagram): void {
    const { clock, limits, meter } = this.#context;
    const { track } = this.#options;
    if (this.#over || track.ended || this.#seen.get(sequence) || track.get(sequence)) return;
    if (payload.byteLength > limits.frameBytes)
      return meter.error(new LiteError(LiteErrorCode.boundsExceeded, `datagram with ${payload.byteLength} bytes of payload`), "media");
    this.#seen.add(sequence, "datagram");
    const nowMs = clock.now();
    const frame = { timestamp, payload, receivedMs: nowMs, startedMs: nowMs };
    track.forwardDatagram(frame, sequence);
    this.#begun();
    this.#flow.datagram("ok");
    this.#flow.frame(frame, true);
    this.#flow.group();
    this.#account(sequence);
  }
  #begun(): void {
    if (!this.#first) return;
    this.#first = false;
    this.#flow.first(this.#options.trackMs + this.#context.clock.now() - this.#sentMs, false);
  }
  #lost(error: LiteError): void {
    if (error.code === LiteErrorCode.streamReset) this.#flow.dropped(GroupDropReason.resetByPeer);
    else if (error.code !== LiteErrorCode.transportClosed) {
      this.#flow.dropped(GroupDropReason.upstreamLost);
      this.#context.meter.error(error, "media");
    }
  }
  async #replies(reader: StreamReader): Promise<void> {
    const { version } = this.#context;
    if (!hasSubscribeReplies(version)) {
      const body = await reader.body();
      if (body) this.#answered(decodeSubscribeAnswer(version, 0, body));
      return reader.drain();
    }
    for (let type = await reader.varint(); type !== undefined; type = await reader.varint()) {
      const body = await reader.body();
      if (!body) throw new LiteError(LiteErrorCode.decode, "stream ended inside a reply to SUBSCRIBE");
      this.#answered(decodeSubscribeAnswer(version, type, body));
    }
  }
  #answered(answer: SubscribeAnswer): void {
    switch (answer.kind) {
      case "ok":
        return;
      case "start":
        return this.#account(answer.group, -1);
      case "end":
        return this.#ended(answer.group);
      case "drop":
        return this.#dropped(answer.drop);
    }
  }
  #dropped(drop: SubscribeDrop): void {
    if (drop.last < drop.first) throw new LiteError(LiteErrorCode.protocolViolation, `DROP from ${drop.first} to ${drop.last}`);
    const told = Math.min(drop.last, drop.first + this.#context.limits.droppedGroupsTold - 1);
    for (let sequence = drop.first; sequence <= told; sequence++)
      if (!this.#accounted?.has(sequence)) this.#flow.dropped(GroupDropReason.resetByPeer);
    this.#accounted ??= new Accounted(drop.first);
    this.#accounted.addRange(drop.first, drop.last);
    if (!this.#over) this.#options.track.drop(drop);
    this.#finishIfWhole();
  }
  #ended(end: number): void {
    this.#end = end;
    this.#finishIfWhole();
  }
  /** Notes a group; `count` -1 only pins where counting starts. */
  #account(sequence: number, count = 1): void {
    this.#accounted ??= new Accounted(sequence);
    if (count > 0) this.#accounted.add(sequence);
    this.#finishIfWhole();
  }
  /** The track ends when all groups that were promised have begun or were dropped; those that never come, and all where the version cannot promise, are waited for a while. */
  #finishIfWhole(): void {
    if (this.#over || !this.#complete) return;
    if (hasSubscribeStart(this.#context.version) && this.#whole()) return this.#finish();
    this.#cancelGrace();
    this.#cancelGrace = this.#context.clock.after(this.#context.limits.endGraceMs, () => this.#finish());
  }
  #whole(): boolean {
    return this.#end === undefined || this.#accounted === undefined || this.#accounted.next >= this.#end;
  }
  #finish(): void {
    if (this.#over) return;
    this.#settle();
    if (this.#end === undefined) this.#options.track.finish();
    else this.#options.track.finish(this.#end);
  }
  #fail(cause: LiteError): void {
    if (this.#over) return;
    if (this.#groups.size > 0 && isSaidByPeer(cause)) return this.#failWhenRead(cause);
    const error = peerError(cause, `track "${this.#options.track.name}" of "${this.#options.path}"`);
    if (this.#stream) abandon(this.#stream, error);
    this.abort(error);
    if (!isRoutine(cause)) this.#context.meter.error(error, "subscribe");
    if (isMalformed(cause)) this.#context.fail(cause);
  }
  /** The peer ends it while groups are on their way: what is whole, and was sent before, comes first. */
  #failWhenRead(cause: LiteError): void {
    this.#broken = cause;
    this.#cancelGrace();
    this.#cancelGrace = this.#context.clock.after(this.#context.limits.endGraceMs, () => {
      this.#groups.clear();
      this.#fail(cause);
    });
  }
  #settle(): void {
    this.#over = true;
    this.#cancelGrace();
    this.#options.over();
    this.#closeFlow();
  }
  /** Groups under way may still end: the flow is closed when all have. */
  #closeFlow(): void {
    if (!this.#over || this.#groups.size > 0 || this.#flowClosed) return;
    this.#flowClosed = true;
    this.#flow.close();
  }
}

/** The peer reset the subscription: the session goes on, and so do the groups that it sent before. */
function isSaidByPeer(cause: LiteError): boolean {
  return cause.code === LiteErrorCode.streamReset;
}
