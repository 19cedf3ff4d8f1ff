import { LiteError, LiteErrorCode } from "../error.ts";
import type { Group } from "../model/group.ts";
import type { Path } from "../model/path.ts";
import type { Track } from "../model/track.ts";
import type { BidiStream } from "../transport/transport.ts";
import { WireCode } from "../wire/code.ts";
import { encodeMessage } from "../wire/codec.ts";
import { Fetch } from "../wire/fetch.ts";
import { subscribe } from "../wire/subscribe.ts";
import { TrackInfoMessage, TrackRequest } from "../wire/track.ts";
import { hasFrameTimestamps } from "../wire/version.ts";
import type { Context } from "./context.ts";
import { deadline } from "./deadline.ts";
import { abandon, isMalformed, isRoutine, toLiteError } from "./errors.ts";
import { findTrack } from "./find-track.ts";
import { GroupSender } from "./group-sender.ts";
import { type FlowMeter, type RequestMeter, SubscribeResult } from "./meter.ts";
import { groupPriority } from "./priority.ts";
import { SendBudget } from "./send-budget.ts";
import type { StreamReader } from "./stream-reader.ts";
import { SubscribeServer } from "./subscribe-server.ts";

interface Fetched {
  readonly request: Fetch;
  readonly track: Track;
  readonly flow: FlowMeter;
  /** Fires when the peer has left. */
  readonly gone: AbortSignal;
  /** The first bytes were queued. */
  readonly first: () => void;
}

/** Tracks remembered between a peer's TRACK and its SUBSCRIBE. */
const askedLimit = 1024;

/** Answers TRACK, SUBSCRIBE and FETCH of one peer. */
export class RequestServer {
  readonly #context: Context;
  readonly #budget: SendBudget;
  readonly #ids = new Set<bigint>();
  #fetches = 0;
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
      const asked = this.#context.meter.asked({ kind: "subscribe", broadcast, track: name, id });
      const track = await orRefused(asked, findTrack(this.#context, broadcast, name));
      const answered = (): void => asked.answered(SubscribeResult.ok);
      await new SubscribeServer(this.#context, { id, broadcast, track, wish, stream, askedMs, answered, budget: this.#budget }).run(reader);
    } finally {
      this.#ids.delete(id);
    }
  }
  /** Answers with one group: the cached one, else the source's, which is asked once however many peers want it (moq-lite §9.3). */
  async fetch(stream: BidiStream, reader: StreamReader): Promise<void> {
    const request = await reader.expect(Fetch);
    const { limits, clock, meter } = this.#context;
    if (this.#fetches >= limits.peerFetches) {
      meter.refused("fetches");
      throw new LiteError(LiteErrorCode.unsupported, `more than ${limits.peerFetches} fetches`, { wireCode: WireCode.boundsExceeded });
    }
    this.#fetches++;
    const askedMs = clock.now();
    const asked = meter.asked({ kind: "fetch", broadcast: request.broadcast, track: request.track, group: request.group });
    const gone = new AbortController();
    void leave(reader, () => gone.abort(new LiteError(LiteErrorCode.cancelled, "peer no longer wants the group"))); // Never rejects.
    try {
      const track = await orRefused(asked, findTrack(this.#context, request.broadcast, request.track));
      const flow = meter.serving(request.broadcast, request.track, "fetch");
      try {
        const cached = isThere(track.get(request.group));
        const group = await orRefused(asked, this.#find(track, request.group, gone.signal));
        await this.#sendFetched(stream, group, {
          request,
          track,
          flow,
          gone: gone.signal,
          first: () => {
            flow.first(clock.now() - askedMs, cached);
            asked.answered(SubscribeResult.ok);
          },
        });
      } finally {
        flow.close();
      }
    } finally {
      this.#fetches--;
      asked.answered(SubscribeResult.error); // Counts where the peer left before anything was sent.
    }
  }
  /** @throws LiteError `not_found` also where the source cannot be asked: to the peer that is the same. */
  async #find(track: Track, sequence: number, gone: AbortSignal): Promise<Group> {
    const what = `group ${sequence} of "${track.name}"`;
    const limit = deadline(this.#context.clock, this.#context.limits.answerMs, { what, signal: gone });
    try {
      return await track.fetch(sequence, { signal: limit.signal });
    } catch (cause) {
      const error = toLiteError(cause);
      if (error.code !== LiteErrorCode.unsupported) throw error;
      throw new LiteError(LiteErrorCode.notFound, `${what} is not cached, and its publisher answers no FETCH`, { cause });
    } finally {
      limit.cancel();
    }
  }
  #sendFetched(stream: BidiStream, group: Group, options: Fetched): Promise<void> {
    const { request, track, flow, gone } = options;
    return new Promise<void>((resolve) => {
      const sender = new GroupSender({
        group,
        priority: groupPriority({ priority: request.priority, ordered: false }, track.info, 0),
        beganMs: this.#context.clock.now(),
        cachedFrames: group.frames.length,
        flow,
        timestamps: hasFrameTimestamps(this.#context.version),
        open: () => Promise.resolve(stream.send),
        prefix: new Uint8Array(0),
        budget: this.#budget,
        first: () => {
          this.#budget.opened(sender);
          options.first();
        },
        done: () => {
          this.#budget.delete(sender);
          resolve();
        },
      });
      this.#budget.add(sender, () => true);
      void sender.start(); // Tells `done` however it ends, and never rejects.
      const drop = (): void => sender.give(WireCode.cancel, undefined);
      if (gone.aborted) drop();
      else gone.addEventListener("abort", drop, { once: true });
    });
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

function isThere(group: Group | undefined): boolean {
  return group !== undefined && group.state.kind !== "aborted";
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

/** What was found, or the refusal told to the meter too. */
async function orRefused<T>(asked: RequestMeter, found: Promise<T>): Promise<T> {
  try {
    return await found;
  } catch (error) {
    asked.answered(resultOf(toLiteError(error)));
    throw error;
  }
}

function resultOf(error: LiteError): SubscribeResult {
  if (error.code === LiteErrorCode.unauthorized) return SubscribeResult.unauthorized;
  if (error.code === LiteErrorCode.timeout) return SubscribeResult.timeout;
  if (error.code !== LiteErrorCode.notFound) return SubscribeResult.error;
  return error.wireCode === WireCode.unroutable ? SubscribeResult.unroutable : SubscribeResult.notFound;
}
