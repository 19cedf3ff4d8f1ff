import { LiteError, LiteErrorCode } from "../error.ts";
import type { Frame, Group, GroupReader } from "../model/group.ts";
import type { OpenOptions, SendStream } from "../transport/transport.ts";
import { WireCode, wireCodeOf } from "../wire/code.ts";
import { type FrameLayout, frameLayout } from "./frame-headers.ts";
import { type FlowMeter, GroupDropReason } from "./meter.ts";

export interface GroupSenderOptions {
  readonly group: Group;
  readonly priority: number;
  /** Milliseconds, monotonic, at which the group came to us. */
  readonly beganMs: number;
  /** Frames that were there before the subscriber came. */
  readonly cachedFrames: number;
  readonly flow: FlowMeter;
  readonly open: (options: OpenOptions) => Promise<SendStream>;
  /** Whether frames carry timestamps. */
  readonly timestamps: boolean;
  /** Written ahead of the first frame. */
  readonly prefix: Uint8Array;
  /** Told how many payload bytes were queued. */
  readonly budget: { queued(bytes: number): void };
  /** The stream is open and the first bytes were queued. */
  readonly first: () => void;
  /** Told once: `undefined` when FIN was handed to the socket, else why the group is not delivered and with which code; no reason when nobody wanted it. */
  readonly done: (given: { readonly code: number; readonly reason: GroupDropReason | undefined } | undefined) => void;
}

/** One for all: making an error per group costs more than the group's header. */
const givenUp = new LiteError(LiteErrorCode.cancelled, "group was given up before its stream could be opened");

/** Writes one group to one subscriber: what is cached, then each frame as it comes. */
export class GroupSender implements GroupReader {
  readonly group: Group;
  readonly beganMs: number;
  /** When a newer group of its subscription came; absent for the latest. */
  overtakenMs: number | undefined;
  readonly #options: GroupSenderOptions;
  // Out of the options what every frame needs: with many peers each object on the way is a miss of the cache.
  readonly #flow: FlowMeter;
  readonly #budget: GroupSenderOptions["budget"];
  readonly #cachedFrames: number;
  readonly #prefixBytes: number;
  /** Until the stream is open. */
  #opening: AbortController | undefined = new AbortController();
  #priority: number;
  #stream: SendStream | undefined;
  #detach: (() => void) | undefined;
  readonly #layout: FrameLayout;
  #next = 0;
  /** Frames known to be written to the network. */
  #departed = 0;
  #ended = false;
  constructor(options: GroupSenderOptions) {
    this.group = options.group;
    this.beganMs = options.beganMs;
    this.#options = options;
    this.#flow = options.flow;
    this.#budget = options.budget;
    this.#cachedFrames = options.cachedFrames;
    this.#prefixBytes = options.prefix.byteLength;
    this.#layout = frameLayout(options.group, options.timestamps);
    this.#priority = options.priority;
  }
  get priority(): number {
    return this.#priority;
  }
  set priority(value: number) {
    this.#priority = value;
    if (this.#stream) this.#stream.priority = value;
  }
  /** Bytes queued on the stream, or held for it while there is none. */
  get bufferedBytes(): number {
    return this.#stream ? this.#stream.bufferedBytes : this.group.byteLength;
  }
  /** Still without a stream. */
  get waiting(): boolean {
    return this.#stream === undefined;
  }
  /** Opens the stream and follows the group; settles when that is under way. */
  async start(): Promise<void> {
    let stream: SendStream;
    try {
      stream = await this.#options.open({ priority: this.#priority, ...(this.#opening && { signal: this.#opening.signal }) });
    } catch {
      // Nothing is lost: given up while waiting (already told), or the transport is gone and the session ends the subscription.
      return this.#end(undefined, { code: WireCode.cancel, reason: undefined });
    }
    if (this.#ended) return stream.reset(WireCode.cancel);
    this.#stream = stream;
    this.#opening = undefined;
    stream.priority = this.#priority;
    this.#follow(stream);
    const closed = await stream.closed;
    if (this.#ended) return;
    if (closed.kind === "finished") return this.#end(undefined, undefined);
    if (closed.kind === "stopped") return this.#end(undefined, { code: closed.code, reason: GroupDropReason.resetByPeer });
    this.#end(undefined, { code: WireCode.cancel, reason: undefined });
  }
  /** Gives the group up; `reason` is absent when nobody wants it any more. */
  give(code: number, reason: GroupDropReason | undefined): void {
    this.#end(code, { code, reason });
  }
  #follow(stream: SendStream): void {
    stream.departed = (bytes, finished) => this.#left(bytes, finished);
    stream.write(this.#options.prefix);
    this.#options.first();
    const detach = this.group.attach(this);
    if (this.#ended) detach();
    else this.#detach = detach;
  }
  frame(frame: Frame): void {
    const stream = this.#stream;
    if (this.#ended || !stream) return;
    const index = this.#next++;
    stream.write(this.#layout.header(index), frame.payload);
    if (index >= this.#cachedFrames) this.#flow.forwarded(frame);
    this.#budget.queued(frame.payload.byteLength);
  }
  finished(): void {
    this.#stream?.finish();
  }
  aborted(error: LiteError): void {
    this.give(wireCodeOf(error), GroupDropReason.upstreamLost);
  }
  /** Counts what is really on its way: of a group that is given up only the frames that went out whole. */
  #left(bytes: number, finished: boolean): void {
    while (this.#prefixBytes + this.#layout.end(this.#departed) <= bytes) {
      const index = this.#departed++;
      const frame = this.group.frames[index];
      if (frame) this.#flow.frame(frame, index >= this.#cachedFrames);
    }
    if (finished) this.#flow.group();
  }
  #end(resetCode: number | undefined, given: Parameters<GroupSenderOptions["done"]>[0]): void {
    if (this.#ended) return;
    this.#ended = true;
    this.#detach?.();
    this.#opening?.abort(givenUp);
    if (resetCode !== undefined) this.#stream?.reset(resetCode);
    if (given?.reason) this.#flow.dropped(given.reason);
    this.#options.done(given);
  }
}
