import { LiteError, LiteErrorCode } from "../error.ts";
import type { Path } from "../model/path.ts";
import type { BidiStream } from "../transport/transport.ts";
import { WireCode } from "../wire/code.ts";
import { encodeMessage } from "../wire/codec.ts";
import { Fetch } from "../wire/fetch.ts";
import { subscribe } from "../wire/subscribe.ts";
import { TrackInfoMessage, TrackRequest } from "../wire/track.ts";
import { hasFrameTimestamps } from "../wire/version.ts";
import type { Context } from "./context.ts";
import { abandon, isMalformed, isRoutine, toLiteError } from "./errors.ts";
import { findTrack } from "./find-track.ts";
import { GroupSender } from "./group-sender.ts";
import { SubscribeResult } from "./meter.ts";
import { groupPriority } from "./priority.ts";
import { SendBudget } from "./send-budget.ts";
import type { StreamReader } from "./stream-reader.ts";
import { SubscribeServer } from "./subscribe-server.ts";

/** Tracks remembered between a peer's TRACK and its SUBSCRIBE. */
const askedLimit = 1024;

/** Answers TRACK, SUBSCRIBE and FETCH of one peer. */
export class RequestServer {
  readonly #context: Context;
  readonly #budget: SendBudget;
  readonly #ids = new Set<bigint>();
  /** When the peer asked TRACK for what it has not subscribed to yet. */
  readonly #asked = new Map<string, number>();
  constructor(context: Context) {
    this.#context = context;
    this.#budget = new SendBudget(context.limits);
  }
  async track(stream: BidiStream, reader: StreamReader): Promise<void> {
    const request = await reader.expect(TrackRequest);
    this.#remember(request.broadcast, request.track);
    const track = await findTrack(this.#context, request.broadcast, request.track);
    stream.send.write(encodeMessage(TrackInfoMessage, track.info));
    stream.send.finish();
    stream.receive.stop(WireCode.cancel);
  }
  async subscribe(stream: BidiStream, reader: StreamReader): Promise<void> {
    const { id, broadcast, track: name, wish } = await reader.expect(subscribe(this.#context.version));
    if (this.#ids.has(id)) throw new LiteError(LiteErrorCode.unsupported, `subscribe id ${id} is in use`, { wireCode: WireCode.duplicate });
    this.#ids.add(id);
    try {
      const askedMs = this.#recall(broadcast, name);
      const track = await this.#answer(() => findTrack(this.#context, broadcast, name));
      const flow = this.#context.meter.serving(broadcast, name, "subscribe");
      await new SubscribeServer(this.#context, { id, track, wish, stream, flow, askedMs, budget: this.#budget }).run(reader);
    } finally {
      this.#ids.delete(id);
    }
  }
  async fetch(stream: BidiStream, reader: StreamReader): Promise<void> {
    const request = await reader.expect(Fetch);
    const track = await findTrack(this.#context, request.broadcast, request.track);
    const group = track.get(request.group);
    if (!group) throw new LiteError(LiteErrorCode.notFound, `group ${request.group} of "${request.track}" is not cached`);
    const flow = this.#context.meter.serving(request.broadcast, request.track, "fetch");
    await new Promise<void>((resolve) => {
      const sender = new GroupSender({
        group,
        priority: groupPriority({ priority: request.priority, ordered: false }, request.group),
        beganMs: this.#context.clock.now(),
        cachedFrames: group.frames.length,
        flow,
        timestamps: hasFrameTimestamps(this.#context.version),
        open: () => Promise.resolve(stream.send),
        prefix: new Uint8Array(0),
        wrote: (bytes) => this.#budget.queued(bytes),
        first: () => this.#budget.opened(sender),
        done: () => {
          this.#budget.delete(sender);
          resolve();
        },
      });
      this.#budget.add(sender, () => true);
      void sender.start(); // Tells `done` however it ends, and never rejects.
      void leave(reader, () => sender.give(WireCode.cancel, undefined));
    });
    flow.close();
  }
  async #answer<T>(find: () => Promise<T>): Promise<T> {
    try {
      const found = await find();
      this.#context.meter.answered(SubscribeResult.ok);
      return found;
    } catch (error) {
      this.#context.meter.answered(resultOf(toLiteError(error)));
      throw error;
    }
  }
  #remember(path: Path, track: string): void {
    const key = `${path}\0${track}`;
    this.#asked.delete(key);
    this.#asked.set(key, this.#context.clock.now());
    const [oldest] = this.#asked.keys();
    if (this.#asked.size > askedLimit && oldest !== undefined) this.#asked.delete(oldest);
  }
  #recall(path: Path, track: string): number {
    const key = `${path}\0${track}`;
    const asked = this.#asked.get(key) ?? this.#context.clock.now();
    this.#asked.delete(key);
    return asked;
  }
}

/** Runs `gone` when the peer resets its half; a FIN says only that it has no more to ask. */
async function leave(reader: StreamReader, gone: () => void): Promise<void> {
  try {
    await reader.drain();
  } catch {
    gone(); // The reset is the whole message.
  }
}

/** Serves one request and ends its stream as its outcome asks. */
export async function serveRequest(
  context: Context,
  stream: BidiStream,
  serve: () => Promise<void>,
  stage: Parameters<Context["meter"]["error"]>[1] = "subscribe",
): Promise<void> {
  try {
    await serve();
  } catch (cause) {
    const error = toLiteError(cause);
    abandon(stream, error);
    if (isMalformed(error)) context.fail(error);
    else if (!isRoutine(error)) context.meter.error(error, stage);
  }
}

function resultOf(error: LiteError): SubscribeResult {
  if (error.code === LiteErrorCode.unauthorized) return SubscribeResult.unauthorized;
  if (error.code === LiteErrorCode.timeout) return SubscribeResult.timeout;
  if (error.code !== LiteErrorCode.notFound) return SubscribeResult.error;
  return error.wireCode === WireCode.unroutable ? SubscribeResult.unroutable : SubscribeResult.notFound;
}
