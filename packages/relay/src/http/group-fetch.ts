import type { IncomingMessage, ServerResponse } from "node:http";
import {
  type Clock,
  type Group,
  type GroupDropReason,
  LiteError,
  LiteErrorCode,
  type Origin,
  type Path,
  type Route,
  type Track,
  toPath,
} from "@moqscope/lite";
import { covers } from "@moqscope/token";
import { type Access, overHttp } from "../entrance/access.ts";
import { tokenOf } from "../entrance/entry.ts";
import { refusals } from "../entrance/refusal.ts";
import { FetchFlow } from "../metrics/flows.ts";
import type { RelayInstruments } from "../metrics/instruments.ts";
import { type Answer, text } from "./answer.ts";

/** For the broadcast to be announced and its group to begin (relay-behaviour §8.1). */
const waitMs = 30_000;
/** For all of the answer: a slow reader must not hold a group that everyone else is done with. */
const answerMs = 60_000;

export interface GroupFetchOptions {
  readonly origin: Origin;
  readonly access: Access;
  readonly instruments: RelayInstruments;
  readonly clock: Clock;
  /** Takes a place among the sessions for a request that waits; what is returned gives it back. `undefined` when there is none. */
  admit(request: IncomingMessage): (() => void) | undefined;
}
export interface FetchRequest {
  /** Segments behind `/fetch/`: those of the broadcast, then the track. */
  readonly segments: readonly string[];
  readonly query: URLSearchParams;
  readonly headers: Readonly<Record<string, string>>;
}
/** The group that was asked for. */
interface Found {
  readonly group: Group;
  /** It was there when it was asked for. */
  readonly cached: boolean;
  /** Lets the source go. */
  readonly release: () => void;
}

/** `GET /fetch/<broadcast…>/<track>?group=N|latest`: the payloads of one group's frames, as they come (relay-behaviour §8.1). */
export class GroupFetch {
  readonly #options: GroupFetchOptions;
  constructor(options: GroupFetchOptions) {
    this.#options = options;
  }
  /** An answer, or `undefined` when it was streamed. */
  async serve(request: IncomingMessage, response: ServerResponse, asked: FetchRequest): Promise<Answer | undefined> {
    const { access, clock } = this.#options;
    const name = asked.segments.at(-1) ?? "";
    const path = toPath(asked.segments.slice(0, -1).join("/"));
    const sequence = sequenceOf(asked.query.get("group"));
    if (path === "" || name === "" || sequence === "malformed")
      return text(400, "ask for /fetch/<broadcast>/<track>?group=<number or latest>\n");
    const decision = await access.decide(path, tokenOf(asked.query), overHttp);
    if (decision.kind === "refused") return text(refusals[decision.refusal].status, `${decision.why}\n`);
    if (!covers(decision.permit.get, "")) {
      access.failed("scope", overHttp, "the token does not let watch this");
      return text(401, "the token does not let watch this\n");
    }
    const release = this.#options.admit(request);
    if (!release) return text(503, `${refusals.overload.message}\n`);
    const gone = new AbortController();
    response.once("close", () => gone.abort());
    const cancel = clock.after(waitMs, () => gone.abort(new LiteError(LiteErrorCode.timeout, "nothing came in time")), {
      background: true,
    });
    try {
      const found = await this.#find(path, name, { sequence, signal: gone.signal });
      cancel();
      await this.#pour(found, response, { path, headers: asked.headers });
      return undefined;
    } catch (cause) {
      return failure(cause);
    } finally {
      cancel();
      release();
    }
  }
  async #find(path: Path, name: string, asked: { readonly sequence: number | undefined; readonly signal: AbortSignal }): Promise<Found> {
    const { sequence, signal } = asked;
    const { broadcast } = await announced(this.#options.origin, path, signal);
    const track = await broadcast.track(name, { signal });
    if (sequence === undefined) return await latest(track, signal);
    const cached = track.get(sequence) !== undefined;
    return { group: await track.fetch(sequence, { signal }), cached, release() {} };
  }
  /** Counted as a FETCH is. */
  async #pour(
    { group, cached, release }: Found,
    response: ServerResponse,
    { path, headers }: { readonly path: Path; readonly headers: Readonly<Record<string, string>> },
  ): Promise<void> {
    const { instruments, clock } = this.#options;
    const context = { clock, relay: instruments.relay, transport: instruments.transport("unknown") };
    const onDrop = (cause: GroupDropReason): void => instruments.recorder.event("warn", "moq.group.dropped", { broadcast: path, cause });
    const flow = new FetchFlow({ ...context, broadcast: instruments.broadcasts.cells(path), onDrop });
    const over = new Promise<void>((resolve) => response.once("close", () => resolve()));
    const cancel = clock.after(answerMs, () => response.destroy(), { background: true });
    response.writeHead(200, {
      "content-type": "application/octet-stream",
      "cache-control": "no-store",
      "x-content-type-options": "nosniff",
      connection: "close",
      ...headers,
    });
    flow.first(0, cached);
    const detach = group.attach({
      frame: (frame) => void response.write(frame.payload, (error) => (error ? undefined : flow.frame(frame))),
      finished: () => void response.end(() => flow.group()),
      aborted: () => {
        flow.dropped("upstream_lost");
        response.destroy();
      },
    });
    await over;
    cancel();
    detach();
    flow.close();
    release();
  }
}

/** The group's number, `undefined` for the latest. */
function sequenceOf(given: string | null): number | undefined | "malformed" {
  if (given === null || given === "latest") return undefined;
  const sequence = Number(given);
  return /^\d+$/.test(given) && Number.isSafeInteger(sequence) ? sequence : "malformed";
}

/** Waits for a broadcast. Rejects with the signal's reason. */
function announced(origin: Origin, path: Path, signal: AbortSignal): Promise<Route> {
  return until(signal, (resolve) => {
    const reading = origin.attach(path, { active: (route) => route.path === path && resolve(route), ended() {} });
    return () => reading.detach();
  });
}

/** The group that a track has, or the next one that comes; it is read until it is let go. */
async function latest(track: Track, signal: AbortSignal): Promise<Found> {
  let detach = (): void => {};
  const waiting = until<Found>(signal, (resolve, reject) => {
    const reading = track.attach({
      group: (group, cached) => resolve({ group, cached, release: () => detach() }),
      dropped() {},
      ended: () => reject(new LiteError(LiteErrorCode.notFound, "the track has ended")),
      aborted: reject,
    });
    detach = () => reading.detach();
    return () => {};
  });
  try {
    return await waiting;
  } catch (error) {
    detach();
    throw error;
  }
}

/** A promise that a signal rejects; `start` gives how to stop what it began. */
function until<T>(signal: AbortSignal, start: (resolve: (value: T) => void, reject: (error: Error) => void) => () => void): Promise<T> {
  const { promise, resolve, reject } = Promise.withResolvers<T>();
  const left = (): void => reject(signal.reason as Error);
  if (signal.aborted) left();
  signal.addEventListener("abort", left, { once: true });
  const stop = start(resolve, reject);
  return promise.finally(() => {
    signal.removeEventListener("abort", left);
    stop();
  });
}

function failure(cause: unknown): Answer {
  if (!(cause instanceof LiteError)) return text(500, "the group cannot be had\n");
  if (cause.code === LiteErrorCode.timeout) return text(504, `${cause.message}\n`);
  if (cause.code === LiteErrorCode.notFound) return text(404, "there is no such track or group\n");
  return text(500, "the group cannot be had\n");
}
