import { promisify } from "node:util";
import { gzip } from "node:zlib";
import type { Signal } from "../otlp/answer.ts";
import { readPartial } from "./answers.ts";
import type { Destination } from "./destination.ts";

const compress = promisify(gzip);
/** Statuses after which OTLP/HTTP lets a client try again (specification: protocol, "Retryable response codes"). */
const retryable: ReadonlySet<number> = new Set([429, 502, 503, 504]);
const answerLimit = 64 * 1024;
const shownCharacters = 300;

/** What came of one request. */
export type Outcome =
  /** `message`: what the receiver said of points that it did not take. */
  | { readonly kind: "ok"; readonly message: string }
  | { readonly kind: "retry"; readonly afterMs: number; readonly message: string }
  | { readonly kind: "failed"; readonly message: string };

/** Sends one request. Never throws. */
export type Post = (signal: Signal, body: Uint8Array) => Promise<Outcome>;

/** Posts OTLP/protobuf over HTTP. Redirects are not followed: what may be reached is what was configured. */
export function poster(
  destinations: ReadonlyMap<Signal, Destination>,
  options: { readonly gzip: boolean; readonly timeoutMs: number; readonly signal: AbortSignal },
): Post {
  return async (signal, body) => {
    const destination = destinations.get(signal);
    if (destination === undefined) return { kind: "failed", message: `no endpoint takes ${signal}` };
    try {
      const response = await fetch(destination.url, {
        method: "POST",
        headers: {
          ...destination.headers,
          "content-type": "application/x-protobuf",
          ...(options.gzip ? { "content-encoding": "gzip" } : {}),
        },
        body: new Uint8Array(options.gzip ? await compress(body) : body),
        redirect: "manual",
        signal: AbortSignal.any([options.signal, AbortSignal.timeout(options.timeoutMs)]),
      });
      return outcomeOf(signal, response, await answerOf(response));
    } catch (error) {
      return { kind: "retry", afterMs: 0, message: `${destination.url} cannot be reached: ${reason(error)}` };
    }
  };
}

function outcomeOf(signal: Signal, response: Response, answer: Buffer): Outcome {
  if (response.ok) return { kind: "ok", message: readPartial(signal, response.headers.get("content-type") ?? "", answer) };
  const said = printable(answer);
  const message = `${response.url} answers ${response.status}${said === "" ? "" : `: ${said}`}`;
  if (!retryable.has(response.status)) return { kind: "failed", message };
  return { kind: "retry", afterMs: retryAfter(response.headers.get("retry-after")), message };
}

/** The beginning of an answer; the rest is not waited for. */
async function answerOf(response: Response): Promise<Buffer> {
  const parts: Uint8Array[] = [];
  let size = 0;
  for await (const part of response.body ?? []) {
    parts.push(part);
    size += part.byteLength;
    if (size >= answerLimit) break;
  }
  return Buffer.concat(parts).subarray(0, answerLimit);
}

/** Milliseconds of a Retry-After in seconds or as a date; 0 where there is none. */
export function retryAfter(header: string | null, nowMs: number = Date.now()): number {
  if (header === null || header.trim() === "") return 0;
  const seconds = Number(header);
  if (Number.isFinite(seconds)) return Math.max(0, seconds * 1000);
  const atMs = Date.parse(header);
  return Number.isNaN(atMs) ? 0 : Math.max(0, atMs - nowMs);
}

function printable(answer: Buffer): string {
  // a Status in protobuf has a few bytes around its text
  return answer
    .toString("latin1")
    .replace(/[^\x20-\x7e]+/g, " ")
    .trim()
    .slice(0, shownCharacters);
}

function reason(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  if (error instanceof AggregateError && error.message === "") return error.errors.map(reason).join("; ");
  return error.cause === undefined ? error.message : `${error.message} (${reason(error.cause)})`;
}
